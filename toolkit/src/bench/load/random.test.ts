import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, drawGamma, drawNormal, type Random } from './random.ts';

const many = (random: Random, draw: (random: Random) => number) => Array.from({ length: 50_000 }, () => draw(random));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};

describe('createRandom', () => {
  it('gives numbers below the limit, all of them', () => {
    const seen = new Set(many(createRandom(1), (random) => random.below(100)));
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('is even', () => {
    const values = many(createRandom(2), (random) => random.next());
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(variance(values)).toBeCloseTo(1 / 12, 2);
  });

  it('gives other numbers for other seeds, however little they differ', () => {
    const first = (...seeds: number[]) => {
      const random = createRandom(...seeds);
      return Array.from({ length: 4 }, () => random.next());
    };
    fc.assert(
      fc.property(fc.integer(), fc.integer({ max: 0x7ffffffe }), (a, b) => {
        expect(first(a, b)).toEqual(first(a, b));
        expect(first(a, b)).not.toEqual(first(a, b + 1));
      }),
    );
    expect(first(1, 2)).not.toEqual(first(2, 1));
  });
});

describe('draws', () => {
  it('are normal', () => {
    const values = many(createRandom(3), drawNormal);
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(variance(values)).toBeCloseTo(1, 1);
  });

  it.each([0.3, 1, 3])('are gamma with mean 1 and variance 1 / %d', (shape) => {
    const values = many(createRandom(4), (random) => drawGamma(random, shape));
    expect(Math.abs(mean(values) - 1)).toBeLessThan(0.04);
    expect(Math.abs(variance(values) * shape - 1)).toBeLessThan(0.08);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });
});
