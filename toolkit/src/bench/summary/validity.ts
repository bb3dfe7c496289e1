import type { ClientHealth, MetricsSample } from '../client-protocol.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { InvalidReason, VllmMetrics } from '../result.ts';
import { findServerRestart, summariseServer } from '../server/server-window.ts';
import { isLoadUndelivered } from './delivery.ts';

/** What a repeat is judged by. */
export interface Evidence {
  readonly spec: PointSpec;
  /** All requests, warm-up included: the server's counters know no difference. */
  readonly records: readonly RequestRecord[];
  readonly vllm: Pick<VllmMetrics, 'itl' | 'ttft'>;
  readonly health: ClientHealth;
  readonly samples: readonly MetricsSample[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Bounds beyond which numbers say more about the client or the circumstances than about the server. */
export const VALIDITY_LIMITS = {
  /** Loop delay (p99) as a share of the 99th percentile of the times between frames. */
  loopDelayShare: 0.1,
  /** A delay below this is allowed whatever the times: scheduling on an idle machine is hardly better. */
  loopDelayMs: 2,
  scheduleLagMs: 5,
  threadCpu: 0.7,
  failedShare: 0.01,
  tokenShare: 0.001,
  /** Cached part of random prompts; a block of one or two more is what chat templates have in common. */
  cachedShare: 0.05,
  templateTokens: 128,
} as const;

/** Every reason why the numbers of a repeat must not be used; none when they may. */
export function findInvalidReasons(evidence: Evidence): readonly InvalidReason[] {
  return CHECKS.filter(([, fails]) => fails(evidence)).map(([reason]) => reason);
}

const CHECKS: readonly (readonly [InvalidReason, (evidence: Evidence) => boolean])[] = [
  ['no_measured_requests', ({ records }) => !measured(records).some(({ outcome }) => outcome === 'ok')],
  ['client_loop_delay', hasLoopDelay],
  ['client_schedule_lag', ({ health }) => health.scheduleLagP99Ms > VALIDITY_LIMITS.scheduleLagMs],
  ['client_cpu', ({ health }) => health.threadCpuMax > VALIDITY_LIMITS.threadCpu],
  ['load_not_delivered', ({ spec, records }) => isLoadUndelivered(spec, measured(records))],
  ['tokens_disagree_with_server', doTokensDisagree],
  ['too_many_failures', hasTooManyFailures],
  ['prompts_were_cached', werePromptsCached],
  ['server_restarted', ({ samples, fromMs, toMs }) => findServerRestart(samples, fromMs, toMs)],
];

const measured = (records: readonly RequestRecord[]) => records.filter(({ phase }) => phase === 'measured');

/**
 * Whether delays of the client's own may have changed a reported percentile by more than a tenth. The p99 of the delays
 * is held against the p99 of what is timed, frame by frame: a server whose frames come 20 ms apart but wait 100 ms for
 * prefills now and then is not known any worse for a delay of 5 ms in a hundred. A median against a p99 would refuse
 * nearly everything on a machine that does other things too, and gaps per token would refuse what sends several at a
 * time. The measured p99 holds the delay itself, so a tenth of it is a ninth of the true one. Delays that are seldom
 * neither move means nor medians, and a client that is always late is found by its processor time as well.
 */
function hasLoopDelay({ health, vllm: { itl, ttft } }: Evidence): boolean {
  const timedMs = itl.count > 0 ? itl.p99 : ttft.p99;
  return health.loopDelayP99Ms > Math.max(VALIDITY_LIMITS.loopDelayMs, VALIDITY_LIMITS.loopDelayShare * timedMs);
}

/** Whether prompts without anything in common were found in the server's cache: it has seen this seed before. */
function werePromptsCached({ spec, records, samples, fromMs, toMs }: Evidence): boolean {
  if (spec.dataset.kind !== 'random') return false;
  const { promptTokens, cachedPromptTokens } = summariseServer(samples, fromMs, toMs) ?? {};
  if (!promptTokens || !cachedPromptTokens) return false;
  const sharedTokens = spec.endpoint === 'chat' ? VALIDITY_LIMITS.templateTokens * measured(records).length : 0;
  return cachedPromptTokens > Math.max(VALIDITY_LIMITS.cachedShare * promptTokens, sharedTokens);
}

/** Requests cut off by the end of the point have not failed. */
function hasTooManyFailures({ records }: Evidence): boolean {
  const ended = measured(records).filter(({ outcome }) => outcome !== 'cancelled');
  const failed = ended.filter(({ outcome }) => outcome !== 'ok').length;
  return failed > VALIDITY_LIMITS.failedShare * ended.length;
}

/**
 * Compares the tokens of all requests between two scrapes with what the server counted between them. Only where no
 * request was running at either scrape; where requests failed, whose tokens are not all known, the server may have
 * counted more.
 */
function doTokensDisagree({ records, samples, fromMs, toMs }: Evidence): boolean {
  const before = samples.findLast(({ atMs }) => atMs <= fromMs);
  const after = samples.find(({ atMs }) => atMs >= toMs);
  if (before === undefined || after === undefined) return false;
  const runsAt = (atMs: number) => records.some(({ sentMs, endMs }) => sentMs < atMs && endMs > atMs);
  if (runsAt(before.atMs) || runsAt(after.atMs)) return false;
  const between = records.filter(({ sentMs, endMs }) => sentMs >= before.atMs && endMs <= after.atMs);
  const counted = summariseServer([before, after], before.atMs, after.atMs);
  const differs = (server: number | null | undefined, tokensOf: (record: RequestRecord) => number | undefined) => {
    if (server === null || server === undefined) return false;
    const client = between.reduce((sum, record) => sum + (tokensOf(record) ?? 0), 0);
    const allKnown = between.every((record) => record.outcome === 'ok' && tokensOf(record) !== undefined);
    const allowed = VALIDITY_LIMITS.tokenShare * Math.max(client, 1);
    return client - server > allowed || (allKnown && server - client > allowed);
  };
  return (
    differs(counted?.generationTokens, ({ outputTokens }) => outputTokens) ||
    differs(counted?.promptTokens, ({ promptTokens }) => promptTokens)
  );
}
