import type { BenchResult, InvalidReason, PointResult } from '../result.ts';
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

/** Failures of the server itself, by which a load is too high for it. */
const SERVER_FAILED: readonly InvalidReason[] = ['too_many_failures', 'no_measured_requests', 'server_restarted'];

/**
 * Loads that a search counted as too high only because they could not be measured: what it found may be too low.
 */
export function findUnknown({ points }: Pick<BenchResult, 'points'>): MissedThreshold[] {
  return points.flatMap(({ key, repeats }) => {
    if (repeats.length === 0 || repeats.some(({ valid }) => valid)) return [];
    const reasons = [...new Set(repeats.flatMap((repeat) => repeat.reasons))];
    if (reasons.some((reason) => SERVER_FAILED.includes(reason))) return [];
    return [{ key, text: `could not be measured (${reasons.join(', ')}): the highest load may be higher` }];
  });
}

export interface PointDemands {
  /** Share of requests within the limits, in the mean of the repeats; absent where none is required. */
  readonly share?: number | undefined;
  /** Valid repeats that a point must have to be known. */
  readonly repeats: number;
}

/** Points with fewer valid repeats than are needed, and those that did not reach the required share. */
export function findMissed({ points }: Pick<BenchResult, 'points'>, demands: PointDemands): MissedThreshold[] {
  return points.flatMap((point) => {
    const text = missedBy(point, demands);
    return text === undefined ? [] : [{ key: point.key, text }];
  });
}

function missedBy(
  { repeats }: PointResult,
  { share: requiredShare, repeats: least }: PointDemands,
): string | undefined {
  const valid = repeats.filter((repeat) => repeat.valid);
  if (valid.length < least) {
    const reasons = [...new Set(repeats.flatMap((repeat) => repeat.reasons))];
    const found = valid.length === 0 ? 'no valid repeat' : `${valid.length} of ${least} valid repeats`;
    return `has ${found}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}`;
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
