import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeStalledLatencies } from './stall-theory.ts';

const every = (ms: number, count: number) => Array.from({ length: count }, (_, at) => at * ms);

describe('computeStalledLatencies', () => {
  it('is the service time when nobody waits', () => {
    const server = { serviceMs: 50, stall: { atMs: 1e6, durationMs: 1 } };
    expect(computeStalledLatencies(every(100, 3), server)).toEqual([50, 50, 50]);
  });

  it('lets requests queue that come faster than they are served', () => {
    const server = { serviceMs: 150, stall: { atMs: 1e6, durationMs: 1 } };
    expect(computeStalledLatencies(every(100, 3), server)).toEqual([150, 200, 250]);
  });

  it('holds who is served when the stall begins, and all who come in it', () => {
    const server = { serviceMs: 50, stall: { atMs: 120, durationMs: 1000 } };
    // The second began at 100, has 30 ms left after the stall; the third waits for it.
    expect(computeStalledLatencies(every(100, 3), server)).toEqual([50, 1050, 1000]);
  });

  it('agrees with a simulation in steps of a millisecond', () => {
    const gaps = fc.array(fc.nat(60), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(500),
        fc.nat(300),
        (between, serviceMs, atMs, durationMs) => {
          let time = 0;
          const intended = between.map((gap) => (time += gap));
          const latencies: number[] = [];
          let left = serviceMs;
          for (let now = 0; latencies.length < intended.length; now++) {
            const next = intended[latencies.length]!;
            const stalled = now >= intended[0]! + atMs && now < intended[0]! + atMs + durationMs;
            if (stalled || now < next) continue;
            left -= 1;
            if (left > 0) continue;
            latencies.push(now + 1 - next);
            left = serviceMs;
          }
          expect(computeStalledLatencies(intended, { serviceMs, stall: { atMs, durationMs } })).toEqual(latencies);
        },
      ),
    );
  });
});
