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

  it('ranks values that have no logarithm: the tail is the share of all ways to choose the second sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 5 }),
        (a, b) => {
          const zeroed = [0, ...a.slice(1)];
          const difference = compareSamples(zeroed, b)!;
          expect(difference.method).toBe('mann-whitney');
          expect(difference.lowerP).toBeCloseTo(enumerateTail(zeroed, b), 12);
        },
      ),
    );
    expect(compareSamples([0, 0], [1, 2])?.change).toBeNull();
  });
});

/** Share of the assignments of all values to two groups in which the second group wins no more pairs than it does. */
function enumerateTail(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const wins = (chosen: readonly boolean[]) => {
    let won = 0;
    for (const [i, x] of all.entries())
      for (const [j, y] of all.entries()) if (chosen[i] && !chosen[j]) won += x > y ? 1 : x === y ? 0.5 : 0;
    return won;
  };
  const observed = wins(all.map((_, at) => at >= a.length));
  let [total, atMost] = [0, 0];
  for (let mask = 0; mask < 1 << all.length; mask++) {
    const chosen = all.map((_, at) => ((mask >> at) & 1) === 1);
    if (chosen.filter(Boolean).length !== b.length) continue;
    total++;
    if (wins(chosen) <= observed) atMost++;
  }
  return atMost / total;
}
