import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSamples } from './difference.ts';

const sample = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 7 });

describe('compareSamples', () => {
  it('finds the textbook result of a Welch test', () => {
    // On logarithms these are 0, 1, 2 and 2, 3, 4: shift 2, standard error sqrt(2/3), 4 degrees of freedom.
    const difference = compareSamples([0, 1, 2].map(Math.exp), [2, 3, 4].map(Math.exp));
    // t = 2.44949; upper tail of t with 4 degrees of freedom, by its closed form.
    const t = 2 / Math.sqrt(2 / 3);
    const x = t / Math.sqrt(4 + t * t);
    expect(difference?.higherP).toBeCloseTo(0.5 - (x * (3 - x * x)) / 4, 10);
    expect(difference?.change).toBeCloseTo(Math.expm1(2), 10);
  });

  it('does not depend on the unit, and mirrors when sides are swapped', () => {
    fc.assert(
      fc.property(sample, sample, fc.double({ min: 0.001, max: 1000, noNaN: true }), (a, b, scale) => {
        const difference = compareSamples(a, b)!;
        const scaled = compareSamples(
          a.map((each) => each * scale),
          b.map((each) => each * scale),
        )!;
        const swapped = compareSamples(b, a)!;
        expect(scaled.lowerP).toBeCloseTo(difference.lowerP, 6);
        expect(scaled.change!).toBeCloseTo(difference.change!, 6);
        expect(swapped.lowerP).toBeCloseTo(difference.higherP, 6);
        expect(difference.lowerP + difference.higherP).toBeCloseTo(1, 6);
      }),
    );
  });

  it('is sure where nothing varies', () => {
    expect(compareSamples([10, 10, 10], [9, 9, 9])).toMatchObject({ lowerP: 0, higherP: 1 });
    expect(compareSamples([10, 10], [10, 10])).toMatchObject({ lowerP: 0.5, change: 0 });
    expect(compareSamples([10], [9, 9, 9])).toBeUndefined();
  });

  it('sees that a server stopped, which has no logarithm', () => {
    const cases = [
      [
        [10, 10.1, 9.9],
        [0, 0, 0],
      ],
      [
        [10, 10.1, 9.9],
        [0, 0, 0, 0],
      ],
      [
        [1, 1, 1],
        [0.02, 0, 0.01],
      ],
      [
        [10, 10, 10],
        [0, 0],
      ],
    ] as const;
    for (const [before, after] of cases) {
      expect(compareSamples(before, after)!.lowerP).toBeLessThan(0.001);
      expect(compareSamples(after, before)!.higherP).toBeLessThan(0.001);
    }
    expect(compareSamples([10, 10.1, 9.9], [0, 0, 0])).toMatchObject({ change: -1, low: null, high: null });
    expect(compareSamples([0, 0], [1, 2])?.change).toBeNull();
  });

  it('is not sure of a single zero, or of none', () => {
    expect(compareSamples([10, 10.1, 9.9], [0, 10, 10])!.lowerP).toBeGreaterThan(0.1);
    expect(compareSamples([0, 0, 0], [0, 0, 0])).toMatchObject({ change: null, lowerP: 0.5, higherP: 0.5 });
  });
});
