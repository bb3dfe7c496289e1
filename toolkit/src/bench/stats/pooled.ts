import { compareSamples, describeLogShift, haveLogs, type Difference } from './difference.ts';
import { meanOf, squaresOf } from './distribution.ts';

/** One figure of one point, measured in two runs. */
export interface SamplePair {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * Two pairs share their spread while the variance of the other is between these shares of one's own. Points with few
 * repeats differ so much by chance. A spread taken too small is a false alarm and one taken too large a missed drop, so
 * that more is taken from noisier points than from quieter ones.
 */
const QUIETEST = 1 / 4;
const NOISIEST = 10;

/**
 * Compares many pairs of samples of one figure. Three repeats tell little about their spread, but points of the same two
 * runs mostly have a similar relative one: each pair is judged by the spread of all pairs that are about as noisy as
 * itself, pooled on logarithms. A pair that is like no other, or has values without logarithms, is judged by its own
 * (`compareSamples`). Undefined for pairs of which a side has less than two values.
 */
export function compareTogether(pairs: readonly SamplePair[]): readonly (Difference | undefined)[] {
  const spreads = pairs.map(measureSpread);
  return pairs.map(({ before, after }, at) => {
    const own = spreads[at];
    if (own === undefined) return compareSamples(before, after);
    const alike = spreads.filter((other) => other !== undefined && isAlike(own, other)) as readonly Spread[];
    if (alike.length === 1) return compareSamples(before, after);
    const df = alike.reduce((sum, spread) => sum + spread.df, 0);
    const variance = alike.reduce((sum, spread) => sum + spread.df * spread.variance, 0) / df;
    return describeLogShift({ shift: own.shift, error: Math.sqrt(variance * own.weight), df });
  });
}

interface Spread {
  /** Mean of the second's logarithms minus that of the first's. */
  readonly shift: number;
  /** Variance of a single logarithm, both samples together. */
  readonly variance: number;
  readonly df: number;
  /** Variance of the shift over that of a single logarithm. */
  readonly weight: number;
}

function measureSpread({ before, after }: SamplePair): Spread | undefined {
  if (!haveLogs(before, after)) return undefined;
  const [first, second] = [before.map(Math.log), after.map(Math.log)];
  const df = first.length + second.length - 2;
  return {
    shift: meanOf(second) - meanOf(first),
    variance: (squaresOf(first) + squaresOf(second)) / df,
    df,
    weight: 1 / first.length + 1 / second.length,
  };
}

function isAlike(own: Spread, other: Spread): boolean {
  return other.variance >= QUIETEST * own.variance && other.variance <= NOISIEST * own.variance;
}
