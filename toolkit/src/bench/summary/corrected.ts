import type { PointSpec, ServiceLevel } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { CorrectedMetrics } from '../result.ts';
import { describeValues, sortValues } from '../stats/distribution.ts';
import { sampleCurve } from './curve.ts';
import { selectSteadyWindow, type SteadyWindow } from './steady-window.ts';
import { countTokenGaps, fillTokenGaps, meanTokenGapMs, selectTokenFrames, type TokenFrame } from './tokens.ts';

/** A record with what the corrected figures need of it; milliseconds. */
interface Waited {
  readonly record: RequestRecord;
  readonly frames: readonly TokenFrame[];
  /** From the intended time to the first content and to the last token. */
  readonly firstContentMs: number | undefined;
  readonly latencyMs: number;
  readonly tpotMs: number | undefined;
}

/**
 * What users wait for. Latencies are those of requests that were due in the steady window, from when they were due;
 * throughput counts the tokens and answers that arrived in it. Requests cut off by the end of the point count only where
 * they had already missed a limit.
 */
export function computeCorrectedMetrics(
  records: readonly RequestRecord[],
  { load, serviceLevel }: Pick<PointSpec, 'load' | 'serviceLevel'>,
): CorrectedMetrics {
  const window = selectSteadyWindow(records, load);
  const seconds = (window.toMs - window.fromMs) / 1000;
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  const waited = records.map(describeWait);
  const due = waited.filter(({ record }) => record.intendedMs >= window.fromMs && record.intendedMs <= window.toMs);
  const finished = waited.filter(({ record }) => record.outcome === 'ok' && isInside(record.endMs, window));
  const served = due.filter(({ record }) => record.outcome === 'ok');
  const firstContent = sortValues(served.flatMap(({ firstContentMs }) => firstContentMs ?? []));
  const gaps = collectGaps(served);
  const latency = sortValues(served.map(({ latencyMs }) => latencyMs));
  const good = serviceLevel === undefined ? null : countGood(due, serviceLevel);
  return {
    windowFromMs: window.fromMs,
    windowToMs: window.toMs,
    trimmedShare: records.length === 0 ? 0 : 1 - due.length / records.length,
    outputTokensPerSecond: perSecond(countTokens(waited, window)),
    requestsPerSecond: perSecond(finished.length),
    goodShare: good === null || good.judged === 0 ? null : good.met / good.judged,
    goodRequestsPerSecond:
      serviceLevel === undefined
        ? null
        : perSecond(finished.filter((each) => meetsLevel(each, serviceLevel) === true).length),
    firstContentToken: describeValues(firstContent),
    tokenGap: describeValues(gaps),
    tpot: describeValues(sortValues(served.flatMap(({ tpotMs }) => tpotMs ?? []))),
    latency: describeValues(latency),
    clientQueue: describeValues(sortValues(due.map(({ record }) => record.sentMs - record.intendedMs))),
    curves: {
      firstContentToken: sampleCurve(firstContent),
      tokenGap: sampleCurve(gaps),
      latency: sampleCurve(latency),
    },
  };
}

function describeWait(record: RequestRecord): Waited {
  const frames = selectTokenFrames(record);
  const firstMs = record.firstContentMs ?? frames[0]?.atMs;
  return {
    record,
    frames,
    firstContentMs: firstMs === undefined ? undefined : firstMs - record.intendedMs,
    latencyMs: (frames.at(-1)?.atMs ?? record.endMs) - record.intendedMs,
    tpotMs: meanTokenGapMs(frames),
  };
}

function collectGaps(served: readonly Waited[]): Float64Array {
  const gaps = new Float64Array(served.reduce((sum, { frames }) => sum + countTokenGaps(frames), 0));
  let next = 0;
  for (const { frames } of served) next = fillTokenGaps(frames, gaps, next);
  return gaps.sort();
}

/** Tokens of failed requests were generated too, but nobody could use them. */
function countTokens(waited: readonly Waited[], window: SteadyWindow): number {
  let tokens = 0;
  for (const { record, frames } of waited) {
    if (record.outcome !== 'ok' && record.outcome !== 'cancelled') continue;
    for (const frame of frames) if (isInside(frame.atMs, window)) tokens += frame.tokens;
  }
  return tokens;
}

/** The start is outside, so that what arrives with the window's begin was made before it. */
function isInside(atMs: number, { fromMs, toMs }: SteadyWindow): boolean {
  return atMs > fromMs && atMs <= toMs;
}

function countGood(due: readonly Waited[], level: ServiceLevel): { readonly met: number; readonly judged: number } {
  const verdicts = due.map((each) => meetsLevel(each, level));
  return {
    met: verdicts.filter((verdict) => verdict === true).length,
    judged: verdicts.filter((verdict) => verdict !== undefined).length,
  };
}

/** Undefined for a request that was cut off before it could be judged. */
function meetsLevel(waited: Waited, { ttftMs = Infinity, tpotMs = Infinity, e2elMs = Infinity }: ServiceLevel) {
  const { record, firstContentMs, latencyMs, tpotMs: tpot = 0 } = waited;
  const first = firstContentMs ?? record.endMs - record.intendedMs;
  const met = first <= ttftMs && tpot <= tpotMs && latencyMs <= e2elMs;
  if (record.outcome === 'ok') return met;
  if (record.outcome !== 'cancelled') return false;
  const waitedMs = record.endMs - record.intendedMs;
  return first > ttftMs || waitedMs > e2elMs ? false : undefined;
}
