import type { ClientHealth, MetricsSample } from '../client-protocol.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { CorrectedMetrics, InvalidReason } from '../result.ts';
import { findServerRestart, summariseServer } from '../server/server-window.ts';
import { isLoadUndelivered } from './delivery.ts';

/** What a repeat is judged by. */
export interface Evidence {
  readonly spec: PointSpec;
  /** All requests, warm-up included: the server's counters know no difference. */
  readonly records: readonly RequestRecord[];
  readonly corrected: CorrectedMetrics;
  readonly health: ClientHealth;
  readonly samples: readonly MetricsSample[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Bounds beyond which numbers say more about the client or the circumstances than about the server. */
export const VALIDITY_LIMITS = {
  /** Loop delay (p99) as a share of the median gap between tokens: that is how wrong single gaps may be. */
  loopDelayShare: 0.1,
  /** A delay below this is allowed whatever the gaps. */
  loopDelayMs: 2,
  scheduleLagMs: 5,
  threadCpu: 0.7,
  failedShare: 0.01,
  tokenShare: 0.001,
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
  ['server_restarted', ({ samples, fromMs, toMs }) => findServerRestart(samples, fromMs, toMs)],
];

const measured = (records: readonly RequestRecord[]) => records.filter(({ phase }) => phase === 'measured');

function hasLoopDelay({ health, corrected }: Evidence): boolean {
  const { tokenGap, firstContentToken } = corrected;
  const typicalMs = tokenGap.count > 0 ? tokenGap.p50 : firstContentToken.p50;
  return health.loopDelayP99Ms > Math.max(VALIDITY_LIMITS.loopDelayMs, VALIDITY_LIMITS.loopDelayShare * typicalMs);
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
