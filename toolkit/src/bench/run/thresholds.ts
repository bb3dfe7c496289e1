import type { BenchResult, PointResult } from '../result.ts';
import type { SearchOutcome } from './search.ts';

/** A point that did not reach what was asked for. */
export interface MissedThreshold {
  readonly key: string;
  /** Finishes "KEY …". */
  readonly text: string;
}

/** Searches that found no load; a load that was tried and missed the limits is what a search is for. */
export function findUnmet(searched: readonly SearchOutcome[]): MissedThreshold[] {
  return searched.flatMap(({ key, best }) => (best === null ? [{ key, text: 'met the limits at no load' }] : []));
}

/**
 * Points without a single valid repeat, and, where a share is required, those whose valid repeats had fewer requests
 * within the limits on the mean.
 */
export function findMissed(
  { points }: Pick<BenchResult, 'points'>,
  requiredShare: number | undefined,
): MissedThreshold[] {
  return points.flatMap((point) => {
    const text = missedBy(point, requiredShare);
    return text === undefined ? [] : [{ key: point.key, text }];
  });
}

function missedBy({ repeats }: PointResult, requiredShare: number | undefined): string | undefined {
  const valid = repeats.filter((repeat) => repeat.valid);
  if (valid.length === 0) {
    const reasons = [...new Set(repeats.flatMap((repeat) => repeat.reasons))];
    return `has no valid repeat: ${reasons.join(', ')}`;
  }
  if (requiredShare === undefined) return undefined;
  const shares = valid.flatMap(({ corrected }) => corrected.goodShare ?? []);
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return shares.length > 0 && mean >= requiredShare
    ? undefined
    : `met the limits with ${percent(mean)} of its requests, ${percent(requiredShare)} are required`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : 'none';
}
