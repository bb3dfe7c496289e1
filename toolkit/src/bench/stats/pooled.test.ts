import { describe, expect, it } from 'vitest';
import { compareSamples } from './difference.ts';
import { compareTogether } from './pooled.ts';

const pair = (before: readonly number[], after: readonly number[]) => ({ before, after });

describe('compareTogether', () => {
  it('is the plain test where there is one pair, or none is alike', () => {
    const [quiet, noisy] = [pair([100, 101, 99], [95, 96, 94]), pair([100, 130, 80], [100, 70, 120])];
    expect(compareTogether([quiet])).toEqual([compareSamples(quiet.before, quiet.after)]);
    expect(compareTogether([quiet, noisy])).toEqual(
      [quiet, noisy].map(({ before, after }) => compareSamples(before, after)),
    );
  });

  it('is surer of a pair by the spread of others like it, and gives the interval that belongs to it', () => {
    const drop = pair([100, 102, 98], [95, 97, 93]);
    const others = Array.from({ length: 9 }, () => pair([100, 102, 98], [101, 99, 100]));
    const [alone] = compareTogether([drop]);
    const [together] = compareTogether([drop, ...others]);
    expect(together!.change).toBeCloseTo(alone!.change!, 12);
    expect(together!.lowerP).toBeLessThan(alone!.lowerP / 5);
    expect(together!.high! - together!.low!).toBeLessThan(alone!.high! - alone!.low!);
  });

  it('finds the textbook result of a test with one variance', () => {
    // On logarithms: 0, 1, 2 and 2, 3, 4, twice: variance 1 with 8 degrees of freedom, standard error sqrt(2/3).
    const one = pair([0, 1, 2].map(Math.exp), [2, 3, 4].map(Math.exp));
    const [difference] = compareTogether([one, one]);
    // Upper tail of t = sqrt(6) with 8 degrees of freedom, by its closed form.
    const cos2 = 8 / (8 + 6);
    const sin = Math.sqrt(1 - cos2);
    const inside = sin * (1 + cos2 / 2 + (3 / 8) * cos2 ** 2 + (5 / 16) * cos2 ** 3);
    expect(difference?.higherP).toBeCloseTo((1 - inside) / 2, 10);
  });

  it('leaves out pairs that are far quieter, and pairs without logarithms or repeats', () => {
    const noisy = pair([100, 108, 92], [97, 104, 90]);
    const quiet = pair([100, 100.1, 99.9], [100, 100.1, 99.9]);
    const [alone] = compareTogether([noisy]);
    const zero = pair([10, 10.1, 9.9], [0, 0, 0]);
    const results = compareTogether([noisy, quiet, quiet, zero, pair([100], [90])]);
    expect(results[0]).toEqual(alone);
    expect(results[3]).toEqual(compareSamples(zero.before, zero.after));
    expect(results[4]).toBeUndefined();
  });
});
