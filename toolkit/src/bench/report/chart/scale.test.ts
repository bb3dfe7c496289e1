import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linearScale, logScale } from './scale.ts';

const extent = { from: 50, to: 850 };

it('linear axes hold every value between few round ticks', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (most, share) => {
        const { place, ticks } = linearScale(most, extent);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(9);
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(place(0)).toBe(extent.from);
        expect(place(ticks.at(-1)!)).toBeCloseTo(extent.to, 6);
        expect(place(most * share)).toBeLessThanOrEqual(extent.to + 1e-6);
      },
    ),
  );
});

it('logarithmic axes hold every value in its order', () => {
  const value = fc.double({ min: 0.01, max: 1e7, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const { place, ticks } = logScale(least, most, extent);
      expect(place(least)).toBeGreaterThanOrEqual(extent.from);
      expect(place(most)).toBeLessThanOrEqual(extent.to + 1e-6);
      expect(place(most)).toBeGreaterThanOrEqual(place(least));
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThan(14);
    }),
  );
});

it('has an axis where there is nothing', () => {
  expect(linearScale(0, extent).ticks.at(-1)).toBe(1);
});
