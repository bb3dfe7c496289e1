import type { Distribution } from '../result.ts';

const EMPTY: Distribution = { count: 0, mean: 0, std: 0, min: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 };

/** Values in ascending order; percentiles are read from these. */
export function sortValues(values: readonly number[] | Float64Array): Float64Array {
  return Float64Array.from(values).sort();
}

/** Percentile (0..100) of ascending values by numpy's linear interpolation; 0 of nothing, as vLLM has it. */
export function percentileOf(sorted: ArrayLike<number>, percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - below);
}

/** 0 of nothing. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Sum of squared distances from the mean. */
export function squaresOf(values: ArrayLike<number>, mean: number = meanOf(values)): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += ((values[at] ?? 0) - mean) ** 2;
  return sum;
}

/** What a result keeps of many values; zeros of none. */
export function describeValues(sorted: ArrayLike<number>): Distribution {
  const { length: count } = sorted;
  if (count === 0) return EMPTY;
  const mean = meanOf(sorted);
  return {
    count,
    mean,
    std: Math.sqrt(squaresOf(sorted, mean) / count),
    min: percentileOf(sorted, 0),
    p50: percentileOf(sorted, 50),
    p90: percentileOf(sorted, 90),
    p95: percentileOf(sorted, 95),
    p99: percentileOf(sorted, 99),
    max: percentileOf(sorted, 100),
  };
}
