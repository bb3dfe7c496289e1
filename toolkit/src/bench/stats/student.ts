import type { Estimate } from '../result.ts';
import { meanOf, squaresOf } from './distribution.ts';

const TOLERANCE = 1e-14;
const QUANTILE_TOLERANCE = 1e-11;
const SMALLEST = 1e-300;
const MOST_STEPS = 500;
// Lanczos' approximation with g = 7; relative error below 1e-14.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Share of Student's distribution above t. @param df degrees of freedom, above 0, need not be whole */
export function studentTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  if (t === -Infinity) return 1;
  const square = t * t;
  // Whichever of the two shares is smaller than a half keeps its digits.
  const outside =
    square < df
      ? 1 - incompleteBeta(square / (df + square), 0.5, df / 2)
      : incompleteBeta(df / (df + square), df / 2, 0.5);
  return t >= 0 ? outside / 2 : 1 - outside / 2;
}

/** The t that leaves `tail` (0..0.5) of Student's distribution above it. */
export function studentQuantile(tail: number, df: number): number {
  let [low, high] = [0, 1];
  while (studentTail(high, df) > tail) high *= 2;
  for (let step = 0; step < MOST_STEPS && high - low > QUANTILE_TOLERANCE * high; step++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Mean with its two-sided 95 % interval by Student's t; undefined of nothing. */
export function estimateMean(values: readonly number[]): Estimate | undefined {
  const { length: n } = values;
  if (n === 0) return undefined;
  const mean = meanOf(values);
  if (n === 1) return { mean, low: null, high: null, n };
  const error = Math.sqrt(squaresOf(values, mean) / (n - 1) / n);
  const halfWidth = studentQuantile(0.025, n - 1) * error;
  return { mean, low: mean - halfWidth, high: mean + halfWidth, n };
}

// The regularised incomplete beta function I_x(a, b) by its continued fraction (Lentz's method).
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let numerator = 1;
  let denominator = away(1 - ((a + b) * x) / (a + 1));
  let value = 1 / denominator;
  denominator = value;
  for (let m = 1; m < MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      denominator = 1 / away(1 + term * denominator);
      numerator = away(1 + term / numerator);
      change = numerator * denominator;
      value *= change;
    }
    if (Math.abs(change - 1) < TOLERANCE) break;
  }
  return front * value;
}

function away(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const series = LANCZOS.slice(1).reduce((sum, each, at) => sum + each / (z + at + 1), LANCZOS[0] ?? 0);
  const t = z + LANCZOS.length - 1.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}
