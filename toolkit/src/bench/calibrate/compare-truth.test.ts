import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../record.ts';
import type { TruthRecord } from '../simulator/truth.ts';
import { compareWithTruth, meanTrueTokenGapMs } from './compare-truth.ts';

const record = (index: number, sentMs: number, eventTimesMs: number[]): RequestRecord => ({
  index,
  phase: 'measured',
  intendedMs: sentMs,
  sentMs,
  endMs: eventTimesMs.at(-1) ?? sentMs,
  eventTimesMs,
  outcome: 'ok',
});
const real = (requestId: string, receivedMs: number, frameTimesMs: number[], frameTokens: number[]): TruthRecord => ({
  ...{ requestId, index: 0, receivedMs, endedMs: 0, frameTimesMs, frameTokens, promptTokens: 1, cachedTokens: 0 },
  ...{ outputTokens: 1, preemptions: 0, fault: null, complete: true },
});
const truth = (...records: TruthRecord[]) => ({ monotonicMs: 5000, epochMs: 0, records, dropped: 0 });

describe('compareWithTruth', () => {
  it('compares on one clock', () => {
    // The client's 0 is 1000 ms before the server's.
    const told = truth(real('measured-0', 100, [150, 160, 170], [1, 1, 1]));
    const errors = compareWithTruth([record(0, 1099, [1151, 1160.5, 1172])], told, 4000);
    expect([...errors.first]).toEqual([1]);
    expect([...errors.gaps]).toEqual([0.5, 1.5]);
    expect([...errors.send]).toEqual([1]);
    expect(errors.unmatched).toBe(0);
  });

  it('counts what one side does not know', () => {
    const told = truth(real('measured-0', 0, [1], [1]), real('measured-1', 0, [1], [1]));
    expect(compareWithTruth([record(0, 0, [1, 2]), record(7, 0, [1])], told, 5000).unmatched).toBe(2);
    expect(compareWithTruth([], { ...told, dropped: 3 }, 5000).unmatched).toBe(3);
  });
});

describe('meanTrueTokenGapMs', () => {
  it('shares the gap of a frame among its tokens', () => {
    expect(meanTrueTokenGapMs(truth(real('a', 0, [0, 40, 80], [1, 4, 4])))).toBe(10);
  });
});
