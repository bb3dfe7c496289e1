import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRecord, SPEC } from '../../../test/lib/bench-records.ts';
import type { LoadShape } from '../point.ts';
import { computeCorrectedMetrics } from './corrected.ts';
import { CURVE_SHARES } from './curve.ts';

const rate = (requestsPerSecond: number): LoadShape => ({
  kind: 'rate',
  requestsPerSecond,
  arrival: 'constant',
  burstiness: 1,
});

describe('per-token gaps', () => {
  it.each([1, 4, 10])('are true with %d tokens per frame', (perFrame) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.double({ min: 1, max: 50, noNaN: true }), (frames, tokenMs) => {
        const times = Array.from({ length: frames }, (_, at) => 100 + at * perFrame * tokenMs);
        const record = makeRecord(0, times, {
          eventTokens: times.map(() => perFrame),
          outputTokens: frames * perFrame,
        });
        const { tokenGap, tpot } = computeCorrectedMetrics([record], { load: rate(1) });
        expect(tokenGap.count).toBe((frames - 1) * perFrame);
        expect(tokenGap.p50).toBeCloseTo(tokenMs, 6);
        expect(tokenGap.p99).toBeCloseTo(tokenMs, 6);
        expect(tpot.mean).toBeCloseTo(tokenMs, 6);
      }),
    );
  });

  it('do not begin with the event that only names the role', () => {
    const record = makeRecord(0, [10, 100, 120], { firstContentMs: 100, eventTokens: [0, 1, 1], outputTokens: 2 });
    const told = computeCorrectedMetrics([record], { load: rate(1) });
    expect(told.firstContentToken.p50).toBe(100);
    expect(told.tokenGap).toMatchObject({ count: 1, p50: 20 });
    const { eventTokens, ...silent } = record;
    expect(eventTokens).toHaveLength(3);
    expect(computeCorrectedMetrics([silent], { load: rate(1) }).tokenGap).toMatchObject({ count: 1, p50: 20 });
  });

  it('spread the total over the frames where no running count was told', () => {
    const { eventTokens, ...record } = makeRecord(0, [100, 140, 180], { outputTokens: 12 });
    expect(eventTokens).toBeDefined();
    expect(computeCorrectedMetrics([record], { load: rate(1) }).tokenGap.p50).toBe(10);
  });
});

describe('latency from the intended time', () => {
  it('shows a stall of 2 s at 10 req/s in its theoretical share', () => {
    // The stall from 50 s to 52 s holds back 20 of 1000 requests; each is sent when it ends and then takes 10 ms.
    const [stallMs, endMs] = [50_000, 52_000];
    const records = Array.from({ length: 1000 }, (_, index) => {
      const intendedMs = index * 100;
      const sentMs = intendedMs >= stallMs && intendedMs < endMs ? endMs : intendedMs;
      return makeRecord(sentMs, [sentMs + 10], { index, intendedMs });
    });
    const { latency, clientQueue } = computeCorrectedMetrics(records, { load: rate(10) });
    // Waits fall evenly from 2 s to 0 over 2 % of the time: 1 % of all requests wait longer than 1 s.
    expect(Math.abs(latency.p99 / 1010 - 1)).toBeLessThan(0.05);
    expect(latency.max).toBe(2010);
    expect(clientQueue.max).toBe(2000);
    expect(latency.p50).toBe(10);
  });
});

/** A closed loop that fills its slots again at once: all take 100 ms, but the ones that start together 500 ms. */
function closedLoop(concurrency: number, rounds: number) {
  return Array.from({ length: concurrency * rounds }, (_, index) => {
    const round = Math.floor(index / concurrency);
    const sentMs = round === 0 ? 0 : 500 + (round - 1) * 100;
    const lastMs = sentMs + (round === 0 ? 500 : 100);
    return makeRecord(sentMs, [sentMs + (lastMs - sentMs) / 2, lastMs], { index });
  });
}

describe('the steady window', () => {
  const load: LoadShape = { kind: 'concurrency', concurrency: 4 };

  it('leaves out the burst of the start and the drain of a closed loop', () => {
    const { windowFromMs, windowToMs, trimmedShare, firstContentToken, outputTokensPerSecond, requestsPerSecond } =
      computeCorrectedMetrics(closedLoop(4, 11), { load });
    expect([windowFromMs, windowToMs]).toEqual([500, 1400]);
    expect(trimmedShare).toBeCloseTo(1 / 11, 10);
    expect(firstContentToken.max).toBe(50);
    // 4 requests of 2 tokens every 100 ms.
    expect(outputTokensPerSecond).toBeCloseTo(80, 6);
    expect(requestsPerSecond).toBeCloseTo(40, 6);
  });

  it('keeps everything where nothing would be left, and of loads that change by design', () => {
    expect(computeCorrectedMetrics(closedLoop(4, 1), { load }).trimmedShare).toBe(0);
    const ramp: LoadShape = { kind: 'ramp', growth: 'linear', fromRequestsPerSecond: 1, toRequestsPerSecond: 9 };
    expect(computeCorrectedMetrics(closedLoop(4, 11), { load: ramp })).toMatchObject({
      trimmedShare: 0,
      windowFromMs: 0,
      windowToMs: 1500,
    });
  });

  it('is all zeros without requests', () => {
    expect(computeCorrectedMetrics([], SPEC)).toMatchObject({ trimmedShare: 0, outputTokensPerSecond: 0 });
  });
});

describe('goodput', () => {
  const level = { serviceLevel: { ttftMs: 100, e2elMs: 1000 }, load: { kind: 'trace', speed: 1 } as const };

  it('counts failures as bad, and cut-off requests only where they had missed a limit', () => {
    const records = [
      makeRecord(0, [100, 1000]),
      makeRecord(0, [100, 200], { intendedMs: -1 }),
      makeRecord(0, [50], { outcome: 'http_5xx' }),
      makeRecord(0, [50], { outcome: 'cancelled', endMs: 800 }),
      makeRecord(0, [], { outcome: 'cancelled', endMs: 800 }),
      makeRecord(0, [50], { outcome: 'cancelled', endMs: 2000 }),
    ];
    const { goodShare } = computeCorrectedMetrics(records, level);
    // Good: the first. Bad: 101 ms to the first token, the failure, no token after 800 ms, 2000 ms. Unknown: one.
    expect(goodShare).toBe(1 / 5);
  });

  it('is unknown without limits', () => {
    expect(computeCorrectedMetrics([makeRecord(0, [1])], { load: rate(1) })).toMatchObject({
      goodShare: null,
      goodRequestsPerSecond: null,
    });
  });
});

it('keeps ascending curves at fixed shares', () => {
  const { curves } = computeCorrectedMetrics(closedLoop(4, 11), { load: { kind: 'trace', speed: 1 } });
  expect(curves.latency).toHaveLength(CURVE_SHARES.length);
  expect(curves.latency).toEqual(curves.latency.toSorted((a, b) => a - b));
  expect(curves.latency.at(-1)).toBe(500);
});
