import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadShape } from '../point.ts';
import { computeArrivalCount, planRampArrivals, planRateArrivals, planTraceArrivals } from './arrivals.ts';

type Rate = Extract<LoadShape, { kind: 'rate' }>;
type Ramp = Extract<LoadShape, { kind: 'ramp' }>;

const rate = (arrival: Rate['arrival'], requestsPerSecond: number, burstiness = 1): Rate => ({
  kind: 'rate',
  requestsPerSecond,
  arrival,
  burstiness,
});

const gapsOf = (due: Float64Array) => Array.from(due, (at, index) => at - (due[index - 1] ?? 0));

function coefficientOfVariation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
}

describe('planRateArrivals', () => {
  it('ends after exactly count / rate, ascending, whatever the process', () => {
    const process = fc.constantFrom('constant' as const, 'poisson' as const, 'gamma' as const);
    fc.assert(
      fc.property(
        fc.record({
          process,
          perSecond: fc.double({ min: 0.1, max: 5000, noNaN: true }),
          count: fc.integer({ min: 1, max: 500 }),
        }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.integer(),
        ({ process: arrival, perSecond, count }, burstiness, seed) => {
          const due = planRateArrivals(rate(arrival, perSecond, burstiness), count, seed);
          expect(due).toHaveLength(count);
          expect(due.at(-1)! / ((count / perSecond) * 1000)).toBeCloseTo(1, 9);
          expect(gapsOf(due).every((gap) => gap >= 0)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['constant', 1, 0],
    ['poisson', 1, 1],
    ['gamma', 1, 1],
    ['gamma', 0.25, 2],
    ['gamma', 4, 0.5],
  ] as const)('%s with burstiness %d has gaps with a variation of %d', (arrival, burstiness, expected) => {
    const due = planRateArrivals(rate(arrival, 100, burstiness), 40_000, 7);
    expect(Math.abs(coefficientOfVariation(gapsOf(due)) - expected)).toBeLessThan(0.05);
  });

  it('ignores the burstiness of a Poisson process', () => {
    expect(planRateArrivals(rate('poisson', 10, 0.2), 50, 3)).toEqual(planRateArrivals(rate('poisson', 10, 5), 50, 3));
  });

  it('is the same for the same seed and another for another', () => {
    const plan = (seed: number) => planRateArrivals(rate('poisson', 10), 50, seed);
    expect(plan(3)).toEqual(plan(3));
    expect(plan(3)).not.toEqual(plan(4));
  });
});

describe('planRampArrivals', () => {
  const ramp = (growth: Ramp['growth'], from: number, to: number): Ramp => ({
    kind: 'ramp',
    growth,
    fromRequestsPerSecond: from,
    toRequestsPerSecond: to,
  });

  /** Requests that a rate adds up to by a moment, by Simpson's rule. */
  function integrate(rateAt: (ms: number) => number, untilMs: number): number {
    const steps = 400;
    const width = untilMs / steps;
    let sum = rateAt(0) + rateAt(untilMs);
    for (let step = 1; step < steps; step++) sum += rateAt(step * width) * (step % 2 === 0 ? 2 : 4);
    return (sum * width) / 3 / 1000;
  }

  it('has the n-th request when the rate has added up to n', () => {
    const rates = fc.double({ min: 0.5, max: 500, noNaN: true });
    const growth = fc.constantFrom('linear' as const, 'exponential' as const);
    fc.assert(
      fc.property(growth, rates, rates, fc.nat(199), (kind, from, to, index) => {
        const due = planRampArrivals(ramp(kind, from, to), 200);
        const total = due.at(-1)!;
        const rateAt = (ms: number) =>
          kind === 'linear' ? from + ((to - from) * ms) / total : from * (to / from) ** (ms / total);
        expect(integrate(rateAt, due[index]!)).toBeCloseTo(index + 1, 3);
      }),
    );
  });

  it('starts from nothing', () => {
    const due = planRampArrivals(ramp('linear', 0, 10), 50);
    expect(due.at(-1)).toBeCloseTo(10_000, 6);
    expect(due[0]).toBeCloseTo(Math.sqrt(2 * 1) * 1000, 6); // t²/2 = 1
  });

  it('sends in a duration what its mean rate makes', () => {
    const load = ramp('linear', 10, 30);
    expect(computeArrivalCount(load, 5000)).toBe(100);
    expect(planRampArrivals(load, 100).at(-1)).toBeCloseTo(5000, 6);
  });
});

describe('planTraceArrivals', () => {
  it('keeps the distances, divided by the speed, from the first request on', () => {
    expect(planTraceArrivals([1000, 3000, 5000], 2)).toEqual(Float64Array.of(0, 1000, 2000));
    expect(planTraceArrivals([], 1)).toHaveLength(0);
  });
});
