import type { RepeatResult } from '../result.ts';
import { FIGURES, selectHeadline } from '../summary/figures.ts';
import { estimateMean } from './student.ts';

/** How long a point is repeated. */
export interface RepeatRule {
  readonly least: number;
  readonly most: number;
  /** Half of the 95 % interval as a share of the mean, at which a point is known well enough. */
  readonly halfWidth: number;
}

export const REPEAT_RULE: RepeatRule = { least: 3, most: 7, halfWidth: 0.03 };

/** Whether a point is to be measured once more, and why or why not. */
export interface RepeatPlan {
  readonly again: boolean;
  readonly reason: string;
}

/**
 * Decides after each repeat: at least three valid ones, then until the interval of the point's headline figure is
 * narrow enough. Invalid repeats count only towards the most there may be.
 */
export function planNextRepeat(repeats: readonly RepeatResult[], rule: Partial<RepeatRule> = {}): RepeatPlan {
  const { least, most, halfWidth } = { ...REPEAT_RULE, ...rule };
  const valid = repeats.filter((repeat) => repeat.valid);
  const [first] = valid;
  if (repeats.length >= most) return { again: false, reason: `${most} repeats are the most` };
  if (first === undefined || valid.length < least)
    return { again: true, reason: `${valid.length} of ${least} valid repeats` };
  const figure = FIGURES[selectHeadline(first)];
  const width = relativeHalfWidth(valid.flatMap((repeat) => figure.of(repeat, null) ?? []));
  const known = `${figure.label} is known to ±${(width * 100).toFixed(1)} %`;
  return { again: width > halfWidth, reason: `${known}, ${(halfWidth * 100).toFixed(1)} % wanted` };
}

/** Half of the 95 % interval of the mean as a share of it; infinite where nothing can be told. */
export function relativeHalfWidth(values: readonly number[]): number {
  const estimate = estimateMean(values);
  if (estimate?.high === null || estimate?.high === undefined) return Infinity;
  const half = estimate.high - estimate.mean;
  return half === 0 ? 0 : Math.abs(half / estimate.mean);
}
