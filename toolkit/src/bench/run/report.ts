import type { Calibration } from '../calibrate/run.ts';
import type { Comparison } from '../compare/compare.ts';
import type { InvalidReason, PointResult } from '../result.ts';
import type { TimeEstimate } from './estimate.ts';
import type { RunPlan } from './plan.ts';
import type { SearchOutcome } from './search.ts';
import type { MissedThreshold } from './thresholds.ts';

/** What `bench --dry-run` prints. */
export interface BenchPlanReport {
  readonly plan: RunPlan;
  readonly estimate: TimeEstimate;
}

/** What `bench --calibrate` prints. */
export interface BenchCalibrationReport {
  readonly calibration: Calibration;
}

/** What `bench` prints. */
export interface BenchRunReport {
  /** Folder of the run. */
  readonly output: string;
  readonly host: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly points: readonly PointSummary[];
  readonly searches: readonly SearchOutcome[];
  /** Reports that were written. */
  readonly files: readonly string[];
  readonly failures: readonly {
    readonly profile: string | null;
    readonly id: string | null;
    readonly code: string;
    readonly message: string;
  }[];
  readonly missed: readonly MissedThreshold[];
  /** Profiles whose server was another one after the run was resumed. */
  readonly changed: readonly string[];
  readonly comparison: Pick<Comparison, 'passed' | 'worse' | 'better' | 'unclear' | 'missing' | 'warnings'> | null;
}

/** A point in short; everything is in the result's file. */
export interface PointSummary {
  readonly key: string;
  readonly profile: string | null;
  readonly repeats: number;
  readonly valid: number;
  /** Why the other repeats are not valid. */
  readonly reasons: readonly InvalidReason[];
  /** By the name of the figure; over valid repeats. */
  readonly estimates: PointResult['estimates'];
}

/** True when everything was measured and nothing fell short. */
export function hasPassed({ failures, missed, comparison }: BenchRunReport): boolean {
  return failures.length === 0 && missed.length === 0 && comparison?.passed !== false;
}

/** A point in short. */
export function summarisePoint({ key, profile, repeats, estimates }: PointResult): PointSummary {
  const reasons = [...new Set(repeats.flatMap((repeat) => repeat.reasons))];
  const valid = repeats.filter((repeat) => repeat.valid).length;
  return { key, profile, repeats: repeats.length, valid, reasons, estimates };
}

/** A comparison in short; `bench compare` tells it point by point. */
export function summariseComparison(comparison: Comparison): BenchRunReport['comparison'] {
  const { passed, worse, better, unclear, missing, warnings } = comparison;
  return { passed, worse, better, unclear, missing, warnings };
}
