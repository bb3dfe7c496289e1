import type { Metric } from 'aim-runtime/profile';
import { METRIC_FIGURES } from '../classify/figures.ts';
import type { BenchResult, PointResult } from '../result.ts';
import { FIGURES } from '../summary/figures.ts';
import type { Evaluation } from './step.ts';

/**
 * One number for what was measured of a candidate, higher for better ones: tokens per second and GPU at the best load
 * whose requests met the limits, or tokens per second of one user over all loads.
 */
export function scoreResult(
  { points }: Pick<BenchResult, 'points'>,
  metric: Metric,
  requiredShare: number,
): Evaluation {
  const name = METRIC_FIGURES[metric];
  const values = points
    .filter(({ estimates }) => metric === 'latency' || (estimates['goodShare']?.mean ?? 1) >= requiredShare)
    .flatMap(({ estimates }) => estimates[name]?.mean ?? []);
  if (values.length > 0) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { score: FIGURES[name].better === 'higher' ? Math.max(...values) : 1000 / mean, reason: null };
  }
  return { score: null, reason: findReason(points) };
}

function findReason(points: readonly PointResult[]): string {
  const reasons = [...new Set(points.flatMap(({ repeats }) => repeats.flatMap((repeat) => repeat.reasons)))];
  if (points.some(({ estimates }) => Object.keys(estimates).length > 0)) return 'no load met the limits';
  return reasons.length === 0 ? 'nothing was measured' : `no valid repeat: ${reasons.join(', ')}`;
}
