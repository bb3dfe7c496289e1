import type { ServiceLevel } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { VllmMetrics } from '../result.ts';
import { describeValues, sortValues } from '../stats/distribution.ts';

/** What vLLM's benchmark keeps of one request; seconds. */
export interface VllmRequest {
  readonly success: boolean;
  readonly startTime: number;
  readonly queueTime: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly ttft: number;
  readonly itl: readonly number[];
  readonly latency: number;
  readonly text: string;
  readonly error: string;
}

/**
 * A record as vLLM's client would have seen it: times count from the actual send, the first event with choices is the
 * first token, gaps are per event, and what comes after the last of these events does not count. Two differences that
 * its own issues ask for: a stream with an error in it, or without its end, has failed; and without usage the events
 * are counted instead of 1 token.
 */
export function toVllmRequest(record: RequestRecord): VllmRequest {
  const { eventTimesMs: events, sentMs } = record;
  const success = record.outcome === 'ok';
  const [first, last] = [events[0], events.at(-1)];
  return {
    success,
    startTime: sentMs / 1000,
    queueTime: (sentMs - record.intendedMs) / 1000,
    promptTokens: record.promptTokens ?? record.requestedInputTokens ?? 0,
    outputTokens: success ? (record.outputTokens ?? events.length) : 0,
    ttft: first === undefined ? 0 : (first - sentMs) / 1000,
    itl: events.slice(1).map((time, at) => (time - (events[at] ?? time)) / 1000),
    latency: last === undefined || !success ? 0 : (last - sentMs) / 1000,
    text: record.text ?? '',
    error: record.error ?? (success ? '' : record.outcome),
  };
}

/** Time per output token after the first, seconds; 0 with one token or none, which no limit fails. */
export function vllmTpot({ outputTokens, latency, ttft }: VllmRequest): number {
  return outputTokens > 1 ? (latency - ttft) / (outputTokens - 1) : 0;
}

/**
 * vLLM's figures of the measured requests. `durationS` is from the first scheduling to the end of the last request.
 * Source: `calculate_metrics` of vLLM's `benchmarks/serve.py`.
 */
export function computeVllmMetrics(
  requests: readonly VllmRequest[],
  { durationS, serviceLevel }: { readonly durationS: number; readonly serviceLevel: ServiceLevel | undefined },
): VllmMetrics {
  const done = requests.filter(({ success }) => success);
  const totalInputTokens = sum(done, ({ promptTokens }) => promptTokens);
  const totalOutputTokens = sum(done, ({ outputTokens }) => outputTokens);
  const perSecond = (count: number) => (durationS > 0 ? count / durationS : 0);
  const describeMs = (seconds: readonly number[]) => describeValues(sortValues(seconds.map((each) => each * 1000)));
  return {
    durationS,
    completed: done.length,
    failed: requests.length - done.length,
    totalInputTokens,
    totalOutputTokens,
    requestThroughput: perSecond(done.length),
    requestGoodput:
      serviceLevel === undefined ? null : perSecond(done.filter((each) => isGood(each, serviceLevel)).length),
    outputThroughput: perSecond(totalOutputTokens),
    totalTokenThroughput: perSecond(totalInputTokens + totalOutputTokens),
    ttft: describeMs(done.map(({ ttft }) => ttft)),
    tpot: describeMs(done.filter(({ outputTokens }) => outputTokens > 1).map(vllmTpot)),
    itl: describeMs(done.flatMap(({ itl }) => itl)),
    e2el: describeMs(done.map(({ latency }) => latency)),
  };
}

function isGood(request: VllmRequest, { ttftMs, tpotMs, e2elMs }: ServiceLevel): boolean {
  const meets = (limitMs: number | undefined, seconds: number) => limitMs === undefined || limitMs / 1000 >= seconds;
  return meets(ttftMs, request.ttft) && meets(tpotMs, vllmTpot(request)) && meets(e2elMs, request.latency);
}

function sum(requests: readonly VllmRequest[], valueOf: (request: VllmRequest) => number): number {
  return requests.reduce((total, each) => total + valueOf(each), 0);
}
