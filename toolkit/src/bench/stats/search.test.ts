import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, drawNormal } from '../load/random.ts';
import { planSearch, type LoadSearch, type MeasuredLoad } from './search.ts';

/** Runs a search to its end. @param marginOf figure over its limit at a load */
function search(options: LoadSearch, marginOf: (load: number) => number, told = true) {
  const measured: MeasuredLoad[] = [];
  for (;;) {
    const step = planSearch(options, measured);
    if (step.kind === 'done') return { ...step, measured };
    expect(measured.map(({ load }) => load)).not.toContain(step.load);
    expect(measured.length).toBeLessThan(options.maxPoints ?? 8);
    const margin = marginOf(step.load);
    measured.push({ load: step.load, pass: margin <= 1, ...(told ? { margin } : {}) });
  }
}

/** Latency over its limit: a floor, a part that grows with the load, and the wall at the server's capacity. */
const curve = fc.record({
  floor: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
  slope: fc.double({ min: 1e-5, max: 1, noNaN: true }),
  power: fc.double({ min: 0.3, max: 3, noNaN: true }),
  capacity: fc.double({ min: 0.5, max: 5000, noNaN: true }),
});
type Curve = typeof curve extends fc.Arbitrary<infer Value> ? Value : never;
const marginAt =
  ({ floor, slope, power, capacity }: Curve) =>
  (load: number) =>
    load >= capacity ? Infinity : floor + slope * load ** power + (0.05 * load) / (capacity - load);

describe('planSearch', () => {
  it('finds the highest whole load within 5 % in at most 8 points, with margins or without', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 4096 }), fc.boolean(), (shape, most, told) => {
        const margin = marginAt(shape);
        const { load, exact } = search({ least: 1, most, whole: true }, margin, told);
        const truth = Array.from({ length: most }, (_, at) => at + 1).findLast((each) => margin(each) <= 1) ?? null;
        expect(exact).toBe(true);
        if (truth === null || load === null) expect(load).toBe(truth);
        else {
          expect(load).toBeLessThanOrEqual(truth);
          expect(truth / load).toBeLessThanOrEqual(1.05);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds rates as well, over a range of 1 to 10,000', () => {
    fc.assert(
      fc.property(curve, (shape) => {
        const margin = marginAt(shape);
        const { load, exact } = search({ least: 0.1, most: 1000, whole: false }, margin);
        expect(exact).toBe(true);
        if (load === null) expect(margin(0.1)).toBeGreaterThan(1);
        else {
          expect(margin(load)).toBeLessThanOrEqual(1);
          if (load * 1.0501 < 1000) expect(margin(load * 1.0501)).toBeGreaterThan(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is off by no more than the noise explains', () => {
    fc.assert(
      fc.property(curve, fc.integer(), fc.double({ min: 0, max: 0.05, noNaN: true }), (shape, seed, noise) => {
        const margin = marginAt(shape);
        const random = createRandom(seed);
        let worst = 0;
        const noisy = (load: number) => {
          const error = noise * drawNormal(random);
          worst = Math.max(worst, Math.abs(error));
          return margin(load) * (1 + error);
        };
        const { load } = search({ least: 1, most: 1024, whole: true }, noisy);
        const slack = 1 / (1 - Math.min(worst, 0.5));
        if (load !== null) expect(margin(load)).toBeLessThanOrEqual(slack);
        // The next load that is measured is 5 % above, both rounded.
        const above = load === null ? 1 : Math.max(load + 1, Math.floor((load + 0.5) * 1.05 + 0.5));
        if (above <= 1024) expect(margin(above)).toBeGreaterThanOrEqual(1 / (1 + worst));
      }),
      { numRuns: 300 },
    );
  });

  it('needs fewer points where margins tell where to look', () => {
    const shapes = fc.sample(curve, { numRuns: 200, seed: 7 });
    const points = (told: boolean) =>
      shapes.reduce(
        (sum, each) => sum + search({ least: 1, most: 1024, whole: true }, marginAt(each), told).measured.length,
        0,
      );
    expect(points(true)).toBeLessThan(points(false));
  });

  it('says so when not even the least load is met, or all are', () => {
    const range = { least: 1, most: 512, whole: true };
    expect(search(range, () => 2)).toMatchObject({ load: null, exact: true });
    expect(search(range, () => 0.5)).toMatchObject({ load: 512, exact: true });
    expect(search({ least: 4, most: 4, whole: true }, () => 0.5)).toMatchObject({ load: 4 });
  });

  it('admits when the points did not suffice', () => {
    expect(search({ least: 1, most: 1024, whole: true, maxPoints: 2 }, (load) => load / 100)).toMatchObject({
      exact: false,
    });
  });

  it.each([
    [0, 10],
    [5, 4],
    [1, Infinity],
    [Number.NaN, 3],
  ])('refuses a range from %d to %d', (least, most) => {
    expect(() => planSearch({ least, most, whole: true }, [])).toThrow(/there is no load between/);
  });
});
