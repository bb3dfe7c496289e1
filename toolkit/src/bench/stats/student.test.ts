import fc from 'fast-check';
import { expect, it } from 'vitest';
import { estimateMean, studentQuantile, studentTail } from './student.ts';

it.each([
  // Printed tables of Student's t, upper tails.
  [0.025, 1, 12.706],
  [0.025, 2, 4.303],
  [0.025, 4, 2.776],
  [0.05, 4, 2.132],
  [0.005, 9, 3.25],
  [0.025, 30, 2.042],
  [0.1, 6, 1.44],
  [0.025, 100_000, 1.96],
])('leaves %d above t with %d degrees of freedom at %d', (tail, df, t) => {
  expect(studentQuantile(tail, df)).toBeCloseTo(t, 3);
});

it('agrees with the distributions that have a closed form', () => {
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (t) => {
      // One degree of freedom is Cauchy's distribution; two have an algebraic one.
      expect(studentTail(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 11);
      expect(studentTail(t, 2)).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 11);
    }),
  );
});

it('inverts itself', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-5, max: 0.5, noNaN: true }),
      fc.double({ min: 0.6, max: 200, noNaN: true }),
      (tail, df) => {
        expect(studentTail(studentQuantile(tail, df), df)).toBeCloseTo(tail, 10);
      },
    ),
  );
});

it('estimates a mean with its interval', () => {
  // Mean 10, sample deviation 1, so the half-width is 4.3027 / sqrt(3).
  const estimate = estimateMean([9, 10, 11]);
  expect(estimate?.mean).toBe(10);
  expect(estimate?.high).toBeCloseTo(10 + 4.302653 / Math.sqrt(3), 5);
  expect(estimate?.low).toBeCloseTo(10 - 4.302653 / Math.sqrt(3), 5);
  expect(estimateMean([5])).toEqual({ mean: 5, low: null, high: null, n: 1 });
  expect(estimateMean([])).toBeUndefined();
});
