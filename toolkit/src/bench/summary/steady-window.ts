import type { LoadShape } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import { percentileOf, sortValues } from '../stats/distribution.ts';

/** Times between which a server carried its full load; milliseconds of the point's clock. */
export interface SteadyWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Less than this share of the requests tells less about the load than ramp and drain distort it. */
const LEAST_SHARE = 0.5;
const LEAST_REQUESTS = 5;

/**
 * The time without ramp and drain. Full load ends when the last request was sent. It begins, in a closed loop, when
 * each of the requests that all started at once has ended (they queue for prefill like no later ones); at a rate, when
 * the first requests could have ended (one median latency: until then requests only gather). Where that leaves too few
 * requests, a closed loop begins when its last slot was filled. Ramps and replayed traces are measured whole: their
 * load is meant to change.
 */
export function selectSteadyWindow(records: readonly RequestRecord[], load: LoadShape): SteadyWindow {
  const whole = wholeWindow(records);
  if (load.kind === 'ramp' || load.kind === 'trace') return whole;
  const intended = records.map(({ intendedMs }) => intendedMs);
  const lastSentMs = largest(records.map(({ sentMs }) => sentMs));
  const isUsable = ({ fromMs, toMs }: SteadyWindow) => {
    const inside = intended.filter((atMs) => atMs >= fromMs && atMs <= toMs).length;
    return toMs > fromMs && inside >= Math.max(LEAST_REQUESTS, LEAST_SHARE * intended.length);
  };
  const starts = load.kind === 'concurrency' ? closedStarts(records, load.concurrency) : rateStarts(records);
  const windows = starts.map((fromMs) => ({ fromMs, toMs: lastSentMs }));
  return windows.find(isUsable) ?? whole;
}

function wholeWindow(records: readonly RequestRecord[]): SteadyWindow {
  const fromMs = records.reduce((least, { intendedMs }) => Math.min(least, intendedMs), Infinity);
  const toMs = records.reduce((most, { endMs }) => Math.max(most, endMs), -Infinity);
  return records.length === 0 ? { fromMs: 0, toMs: 0 } : { fromMs, toMs };
}

function closedStarts(records: readonly RequestRecord[], concurrency: number): readonly number[] {
  const first = records.toSorted((a, b) => a.sentMs - b.sentMs).slice(0, concurrency);
  const allEnded = largest(first.map(({ endMs }) => endMs));
  return [allEnded, first.at(-1)?.sentMs ?? 0];
}

function rateStarts(records: readonly RequestRecord[]): readonly number[] {
  const latencies = sortValues(records.map(({ endMs, sentMs }) => endMs - sentMs));
  return [wholeWindow(records).fromMs + percentileOf(latencies, 50)];
}

/** Math.max over any number of values: spreading them all would overflow the stack. */
function largest(values: readonly number[]): number {
  return values.reduce((most, each) => Math.max(most, each), -Infinity);
}
