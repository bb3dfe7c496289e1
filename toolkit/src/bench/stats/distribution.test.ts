import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeValues, percentileOf, sortValues } from './distribution.ts';

it('interpolates as numpy does', () => {
  // numpy.percentile([1, 2, 3, 4], [0, 25, 50, 90, 100])
  expect([0, 25, 50, 90, 100].map((each) => percentileOf([1, 2, 3, 4], each))).toEqual([1, 1.75, 2.5, 3.7, 4]);
  expect(percentileOf([7], 99)).toBe(7);
  expect(percentileOf([], 99)).toBe(0);
});

it('describes values by their definitions', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
      const { count, mean, std, min, max, p50 } = describeValues(sortValues(values));
      const sum = values.reduce((a, b) => a + b, 0);
      const squares = values.reduce((a, b) => a + b * b, 0);
      expect(count).toBe(values.length);
      expect(mean).toBeCloseTo(sum / count, 5);
      expect(std ** 2 / 1e6).toBeCloseTo(Math.max(0, squares / count - (sum / count) ** 2) / 1e6, 3);
      expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
      expect(values.filter((each) => each <= p50).length * 2).toBeGreaterThanOrEqual(count);
    }),
  );
});

it('is all zeros of nothing', () => {
  expect(new Set(Object.values(describeValues([])))).toEqual(new Set([0]));
});
