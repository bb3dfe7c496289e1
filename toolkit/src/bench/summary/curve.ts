import { percentileOf } from '../stats/distribution.ts';

/** Shares (0..1) at which a result keeps its latency curves: every percent, and the tail more finely. */
export const CURVE_SHARES: readonly number[] = [
  ...Array.from({ length: 100 }, (_, percent) => percent / 100),
  0.995,
  0.999,
  1,
];

const DIGITS = 5;

/** The values at {@link CURVE_SHARES}, to five significant digits; empty of nothing. */
export function sampleCurve(sorted: ArrayLike<number>): readonly number[] {
  if (sorted.length === 0) return [];
  return CURVE_SHARES.map((share) => Number(percentileOf(sorted, share * 100).toPrecision(DIGITS)));
}
