import { describe, expect, it } from 'vitest';
import { waitUntilIdle } from './drain.ts';

/** A count that goes through these values and stays at the last one. */
function counting(...values: (number | undefined)[]) {
  let calls = 0;
  return { calls: () => calls, count: () => Promise.resolve(values[Math.min(calls++, values.length - 1)]) };
}
const nowMs = () => performance.now();
const never = new AbortController().signal;

describe('waiting for running requests', () => {
  it('ends once there has been none for a moment, not at the first pause', async () => {
    const { count, calls } = counting(2, 0, 1, 0, 0, 0, 0, 9);
    expect(await waitUntilIdle({ count, limitMs: 10_000, nowMs, cut: never })).toEqual({ end: 'idle', left: 0 });
    expect(calls()).toBe(7);
  });

  it('ends when the time is over, and says how many were left', async () => {
    const startMs = nowMs();
    const outcome = await waitUntilIdle({ count: counting(3).count, limitMs: 300, nowMs, cut: never });
    expect(outcome).toEqual({ end: 'time', left: 3 });
    expect(nowMs() - startMs).toBeGreaterThanOrEqual(299);
  });

  it('gives the whole time to an engine that does not say', async () => {
    const outcome = await waitUntilIdle({ count: counting(undefined).count, limitMs: 300, nowMs, cut: never });
    expect(outcome).toEqual({ end: 'time', left: undefined });
  });

  it('is cut short', async () => {
    const cut = AbortSignal.timeout(50);
    const startMs = nowMs();
    const outcome = await waitUntilIdle({ count: counting(1).count, limitMs: 60_000, nowMs, cut });
    expect(outcome).toEqual({ end: 'cut', left: 1 });
    expect(nowMs() - startMs).toBeLessThan(5_000);
  });
});
