import type { Metric } from 'aim-runtime/profile';
import type { BenchResult, PointResult } from '../result.ts';
import { datasetName } from '../run/plan.ts';
import { FIGURES, type FigureName } from '../summary/figures.ts';
import type { ClassifyThresholds } from './config.ts';
import type { EvidenceFigure } from './evidence.ts';
import { ratio } from './judge.ts';

/** What a profile of each metric is judged by. */
export const METRIC_FIGURES: Readonly<Record<Metric, FigureName>> = {
  throughput: 'outputTokensPerSecondPerGpu',
  latency: 'tpotMeanMs',
};

/** A point with the figure that it is judged by. */
export interface FigurePoint {
  readonly point: PointResult;
  readonly figure: EvidenceFigure;
}

/**
 * The best point of a profile for each shape. Throughput counts at any load whose requests met the limits; latency at
 * few requests at once, and for the shape that includes how many.
 */
export function selectFigures(
  { points }: Pick<BenchResult, 'points'>,
  { profile, metric }: { readonly profile: string; readonly metric: Metric },
  thresholds: ClassifyThresholds,
): readonly FigurePoint[] {
  const best = new Map<string, FigurePoint>();
  for (const point of points) {
    if (point.profile !== profile) continue;
    const figure = toFigure(point, metric, thresholds);
    if (figure === undefined) continue;
    const known = best.get(figure.shape);
    if (known === undefined || isBetter(figure, known.figure)) best.set(figure.shape, { point, figure });
  }
  return [...best.values()];
}

/** True when the first is better than the second. */
export function isBetter(figure: EvidenceFigure, other: EvidenceFigure): boolean {
  return ratio(figure.estimate.mean, other.estimate.mean, figure.better) > 1;
}

function toFigure(point: PointResult, metric: Metric, thresholds: ClassifyThresholds): EvidenceFigure | undefined {
  const name = METRIC_FIGURES[metric];
  const estimate = point.estimates[name];
  const [repeat] = point.repeats;
  if (estimate === undefined || repeat === undefined || !(estimate.mean > 0)) return undefined;
  const { load } = repeat.spec;
  const isFew = load.kind === 'concurrency' && load.concurrency <= thresholds.latencyConcurrency;
  if (metric === 'latency' && !isFew) return undefined;
  const good = point.estimates['goodShare'];
  if (metric === 'throughput' && good !== undefined && good.mean < thresholds.goodShare) return undefined;
  const { unit, better } = FIGURES[name];
  return {
    ...{ name, unit, better, estimate, point: point.key },
    shape: describeShape(repeat.spec, metric === 'latency' && isFew ? load.concurrency : undefined),
    joulePerOutputToken: point.estimates['joulePerOutputToken']?.mean ?? null,
  };
}

function describeShape(spec: PointResult['repeats'][number]['spec'], concurrency: number | undefined): string {
  const { dataset, endpoint, serviceLevel } = spec;
  const limits = Object.entries(serviceLevel ?? {}).map(([name, ms]) => `${name} ${ms}`);
  const parts = [datasetName(dataset), endpoint, ...(concurrency === undefined ? [] : [`c${concurrency}`]), ...limits];
  return parts.join(', ');
}
