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
}

/** A difference of two means, its standard error, and the degrees of freedom that error is known with. */
export interface Shift {
  readonly shift: number;
  readonly error: number;
  readonly df: number;
}

/** Whether two samples can be compared as shares: both have a spread, and every value has a logarithm. */
export function haveLogs(before: readonly number[], after: readonly number[]): boolean {
  return before.length >= 2 && after.length >= 2 && [...before, ...after].every((value) => value > 0);
}

/**
 * Compares two samples by Welch's test: on logarithms, so that differences are shares whatever the unit; on the values
 * themselves where one is not positive and has no logarithm. Undefined when a side has less than two values.
 */
export function compareSamples(before: readonly number[], after: readonly number[]): Difference | undefined {
  if (before.length < 2 || after.length < 2) return undefined;
  if (haveLogs(before, after)) return describeLogShift(measureShift(before.map(Math.log), after.map(Math.log)));
  const base = meanOf(before);
  const change = base === 0 ? null : meanOf(after) / base - 1;
  return { change, low: null, high: null, ...computeChances(measureShift(before, after)) };
}

/** A shift between means of logarithms as a difference. */
export function describeLogShift(shift: Shift): Difference {
  const width = shift.error === 0 ? 0 : studentQuantile(0.025, shift.df) * shift.error;
  return {
    change: Math.expm1(shift.shift),
    low: Math.expm1(shift.shift - width),
    high: Math.expm1(shift.shift + width),
    ...computeChances(shift),
  };
}

/** Welch's: each sample has a variance of its own. */
function measureShift(before: readonly number[], after: readonly number[]): Shift {
  const [first, second] = [momentsOf(before), momentsOf(after)];
  const variance = first.share + second.share;
  return {
    shift: second.mean - first.mean,
    error: Math.sqrt(variance),
    df: variance ** 2 / (first.share ** 2 / first.df + second.share ** 2 / second.df),
  };
}

function computeChances({ shift, error, df }: Shift): Pick<Difference, 'lowerP' | 'higherP'> {
  if (error > 0) return { lowerP: studentTail(-shift / error, df), higherP: studentTail(shift / error, df) };
  if (shift === 0) return { lowerP: 0.5, higherP: 0.5 };
  return shift < 0 ? { lowerP: 0, higherP: 1 } : { lowerP: 1, higherP: 0 };
}

function momentsOf(values: readonly number[]): { mean: number; share: number; df: number } {
  const mean = meanOf(values);
  const df = values.length - 1;
  return { mean, share: squaresOf(values, mean) / df / values.length, df };
}
