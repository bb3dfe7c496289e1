import { meanOf, squaresOf } from './distribution.ts';
import { studentQuantile, studentTail } from './student.ts';

/** How two samples of one figure differ. */
export interface Difference {
  /** Mean of the second over mean of the first, minus 1; null when the first is 0. */
  readonly change: number | null;
  /** 95 % interval of that change; null where the samples do not allow one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Chance to see the second this much lower, or higher, if both were alike (one-sided). */
  readonly lowerP: number;
  readonly higherP: number;
  readonly method: 'welch' | 'mann-whitney';
}

/**
 * Compares two samples: Welch's test on logarithms, so that differences are shares whatever the unit; where a value is
 * not positive, which has no logarithm, the exact Mann-Whitney test. Undefined when a side has less than two values.
 */
export function compareSamples(before: readonly number[], after: readonly number[]): Difference | undefined {
  if (before.length < 2 || after.length < 2) return undefined;
  if ([...before, ...after].some((value) => value <= 0)) return rankTest(before, after);
  return welchTest(before.map(Math.log), after.map(Math.log));
}

function welchTest(before: readonly number[], after: readonly number[]): Difference {
  const [first, second] = [momentsOf(before), momentsOf(after)];
  const shift = second.mean - first.mean;
  const error = Math.sqrt(first.share + second.share);
  const change = Math.expm1(shift);
  if (error === 0) {
    const p = shift === 0 ? 0.5 : 0;
    const [lowerP, higherP] = shift <= 0 ? [p, 1 - p] : [1 - p, p];
    return { change, low: change, high: change, lowerP, higherP, method: 'welch' };
  }
  const df = (first.share + second.share) ** 2 / (first.share ** 2 / first.df + second.share ** 2 / second.df);
  const width = studentQuantile(0.025, df) * error;
  return {
    change,
    low: Math.expm1(shift - width),
    high: Math.expm1(shift + width),
    lowerP: studentTail(-shift / error, df),
    higherP: studentTail(shift / error, df),
    method: 'welch',
  };
}

function momentsOf(values: readonly number[]): { mean: number; share: number; df: number } {
  const mean = meanOf(values);
  const df = values.length - 1;
  return { mean, share: squaresOf(values, mean) / df / values.length, df };
}

function rankTest(before: readonly number[], after: readonly number[]): Difference {
  const base = meanOf(before);
  return {
    change: base === 0 ? null : meanOf(after) / base - 1,
    low: null,
    high: null,
    lowerP: rankTail(before, after),
    higherP: rankTail(after, before),
    method: 'mann-whitney',
  };
}

/** Exact chance of a rank sum of `low` at most as large as it is, over all ways to choose it; ties share their rank. */
function rankTail(high: readonly number[], low: readonly number[]): number {
  const all = [...high, ...low].sort((a, b) => a - b);
  // Doubled, so that shared ranks are whole numbers too.
  const rankOf = (value: number) => all.indexOf(value) + all.lastIndexOf(value) + 2;
  const ranks = all.map(rankOf);
  const observed = low.reduce((sum, value) => sum + rankOf(value), 0);
  const ways = countSums(ranks, low.length);
  let [total, atMost] = [0, 0];
  for (const [sum, count] of ways) {
    total += count;
    if (sum <= observed) atMost += count;
  }
  return atMost / total;
}

/** How many ways there are to choose `size` of the ranks, by their sum. */
function countSums(ranks: readonly number[], size: number): ReadonlyMap<number, number> {
  const bySize = Array.from({ length: size + 1 }, () => new Map<number, number>());
  bySize[0]?.set(0, 1);
  for (const rank of ranks) {
    for (let chosen = size; chosen > 0; chosen--) {
      for (const [sum, count] of bySize[chosen - 1] ?? []) {
        const target = bySize[chosen];
        target?.set(sum + rank, (target.get(sum + rank) ?? 0) + count);
      }
    }
  }
  return bySize[size] ?? new Map<number, number>();
}
