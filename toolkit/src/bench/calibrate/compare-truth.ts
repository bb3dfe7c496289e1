import type { RequestRecord } from '../record.ts';
import type { GroundTruth, TruthRecord } from '../simulator/truth.ts';

/** How far the client was off; milliseconds, ascending. */
export interface TruthErrors {
  /** Arrival of the first frame by the client, minus its being written. */
  readonly first: Float64Array;
  /** Distance between the client's gap of two frames and the true one. */
  readonly gaps: Float64Array;
  /** The server had the whole request, minus the client's time of sending. */
  readonly send: Float64Array;
  /** Requests of one side that the other does not know, or with another number of frames. */
  readonly unmatched: number;
}

/** @param zeroMs the client's time 0 on the system's monotonic clock, which the truth is told by too */
export function compareWithTruth(records: readonly RequestRecord[], truth: GroundTruth, zeroMs: number): TruthErrors {
  const told = new Map(truth.records.map((record) => [record.requestId, record]));
  const shiftMs = truth.monotonicMs - zeroMs;
  const [first, gaps, send]: [number[], number[], number[]] = [[], [], []];
  let unmatched = truth.dropped;
  for (const record of records) {
    const real = told.get(`${record.phase}-${record.index}`);
    if (real?.frameTimesMs.length !== record.eventTimesMs.length) {
      unmatched += 1;
      continue;
    }
    addErrors({ record, real, shiftMs }, { first, gaps });
    send.push(real.receivedMs + shiftMs - record.sentMs);
  }
  return { first: sorted(first), gaps: sorted(gaps), send: sorted(send), unmatched };
}

interface Pair {
  readonly record: RequestRecord;
  readonly real: TruthRecord;
  readonly shiftMs: number;
}

function addErrors({ record, real, shiftMs }: Pair, { first, gaps }: { first: number[]; gaps: number[] }): void {
  const { eventTimesMs } = record;
  const late = (at: number) => (eventTimesMs[at] ?? 0) - (real.frameTimesMs[at] ?? 0) - shiftMs;
  if (eventTimesMs.length > 0) first.push(Math.abs(late(0)));
  for (let at = 1; at < eventTimesMs.length; at++) gaps.push(Math.abs(late(at) - late(at - 1)));
}

/** Mean time per token of the true gaps: a frame of k tokens after gap g counts k times g/k. */
export function meanTrueTokenGapMs(truth: GroundTruth): number {
  let [sumMs, tokens] = [0, 0];
  for (const { frameTimesMs, frameTokens } of truth.records) {
    sumMs += (frameTimesMs.at(-1) ?? 0) - (frameTimesMs[0] ?? 0);
    for (const count of frameTokens.slice(1)) tokens += count;
  }
  return sumMs / tokens;
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}
