import type { Estimate, PointResult, RepeatResult } from '../result.ts';
import { estimateMean } from '../stats/student.ts';
import { FIGURE_NAMES, FIGURES } from './figures.ts';

/** A point with its figures averaged over the valid repeats; a figure that no repeat measured is left out. */
export function aggregatePoint(
  { key, profile, identity }: Pick<PointResult, 'key' | 'profile' | 'identity'>,
  repeats: readonly RepeatResult[],
): PointResult {
  const estimates: Record<string, Estimate> = {};
  for (const name of FIGURE_NAMES) {
    const estimate = estimateMean(selectValues({ identity, repeats }, name));
    if (estimate !== undefined) estimates[name] = estimate;
  }
  return { key, profile, identity, repeats, estimates };
}

/** A figure's values in the valid repeats of a point. */
export function selectValues(
  { identity, repeats }: Pick<PointResult, 'identity' | 'repeats'>,
  name: keyof typeof FIGURES,
): readonly number[] {
  return repeats
    .filter(({ valid }) => valid)
    .flatMap((repeat) => FIGURES[name].of(repeat, identity.gpuCount ?? repeat.gpu?.gpus ?? null) ?? []);
}
