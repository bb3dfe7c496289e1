import type { InvalidReason } from '../../bench/result.ts';

const CLIENT_BUSY = 'leave the machine of the client to it, or start it on another one';

/** What each reason means, and what helps. */
const MEANING: Readonly<Record<InvalidReason, string>> = {
  client_loop_delay: `the client was kept from reading the clock in time; ${CLIENT_BUSY}`,
  client_schedule_lag: `the client sent requests later than they were due; ${CLIENT_BUSY}`,
  client_cpu: 'a thread of the client had no processor time to spare; give it more with --workers',
  load_not_delivered: 'the server was not given the load that was asked for; measure longer, or with more --requests',
  tokens_disagree_with_server: 'the server counted other tokens; measure it while nobody else uses it',
  too_many_failures: 'more than 1 % of the requests failed; the outcomes in result.json say how',
  no_measured_requests: 'not one request was answered; the outcomes in result.json say why',
  prompts_were_cached: 'the server knew the prompts from an earlier run; give another --seed',
  server_restarted: 'the server began anew while it was measured; its log says why',
};

/** A line for each reason. */
export function explainReasons(reasons: readonly InvalidReason[]): string[] {
  return [...new Set(reasons)].map((reason) => `${reason}: ${MEANING[reason]}`);
}
