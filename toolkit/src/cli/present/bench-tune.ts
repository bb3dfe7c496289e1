import type { GateResult } from '../../bench/correctness/score.ts';
import type { TimeEstimate } from '../../bench/run/estimate.ts';
import type { RefusedCandidate } from '../../bench/tune/candidates.ts';
import type { PublishedProfile } from '../../bench/tune/publish.ts';
import { baseCandidate, candidateKey, describeCandidate } from '../../bench/tune/space.ts';
import type { Trial, TuneOutcome } from '../../bench/tune/tune.ts';
import type { TuneRequest } from '../bench-tune-request.ts';
import { renderDuration } from './duration.ts';
import { renderTable } from './table.ts';

/** What `bench tune --dry-run` prints. */
export interface BenchTunePlan {
  readonly profile: string;
  readonly space: readonly { readonly name: string; readonly values: readonly string[]; readonly now: string }[];
  /** Number of all combinations. */
  readonly combinations: number;
  readonly first: readonly string[];
  readonly refused: readonly RefusedCandidate[];
  readonly budget: number;
  readonly estimate: TimeEstimate;
}

/** What `bench tune` prints. */
export interface BenchTuneReport {
  /** Folder of the search. */
  readonly output: string;
  /** Null when nothing could be measured, or nothing answers rightly. */
  readonly winner: {
    readonly changes: string;
    /** True for the profile that was tuned. */
    readonly isBase: boolean;
    readonly score: number;
    /** Times the profile's own score. */
    readonly gain: number | null;
  } | null;
  readonly written: PublishedProfile | null;
  readonly isExhausted: boolean;
  readonly trials: readonly Trial[];
  readonly gates: readonly { readonly key: string; readonly gate: GateResult }[];
  readonly refused: readonly RefusedCandidate[];
}

/** A search in short. */
export function summariseTune(
  { folder, space, candidates }: TuneRequest,
  { winner, isExhausted, trials, gates }: TuneOutcome,
  written: PublishedProfile | undefined,
): BenchTuneReport {
  const base = candidateKey(baseCandidate(space));
  const scoreOf = (key: string) => trials.find((trial) => trial.key === key && trial.level === 'full')?.score ?? null;
  const key = winner === null ? null : candidateKey(winner);
  const score = key === null ? null : scoreOf(key);
  const own = scoreOf(base);
  return {
    output: folder,
    winner:
      winner === null || score === null
        ? null
        : {
            changes: describeCandidate(space, winner),
            isBase: key === base,
            score,
            gain: own === null ? null : score / own,
          },
    written: written ?? null,
    ...{ isExhausted, trials, gates, refused: candidates.refused() },
  };
}

/** More of them say no more. */
const MOST_REFUSED = 8;

/** What would be tried. */
export function renderTunePlan({ space, combinations, first, refused, budget, estimate }: BenchTunePlan): string {
  const times = `${renderDuration(estimate.leastMs / 1000)} to ${renderDuration(estimate.mostMs / 1000)}`;
  return [
    renderTable(
      ['PARAMETER', 'NOW', 'VALUES'],
      space.map(({ name, now, values }) => [name, now, values.join(' ')]),
    ),
    '',
    `First of ${combinations} combinations:`,
    ...first.map((each) => `  ${each}`),
    ...renderRefused(refused),
    '',
    `At most ${budget} measurements; about ${times}`,
    ...estimate.assumptions.map((each) => `  assuming ${each}`),
  ].join('\n');
}

function renderRefused(refused: readonly RefusedCandidate[]): string[] {
  if (refused.length === 0) return [];
  const more = refused.length - MOST_REFUSED;
  const shown = refused.slice(0, MOST_REFUSED).map(({ changes, reason }) => `  ${changes}: ${reason}`);
  return ['', 'Not tried:', ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** What was found. */
export function renderTune({ output, winner, written, isExhausted, trials, gates, refused }: BenchTuneReport): string {
  const rows = trials.map(({ changes, level, score, reason }) => [
    changes,
    level,
    score === null ? '-' : score.toFixed(2),
    reason ?? '',
  ]);
  const wrong = gates.filter(({ gate }) => !gate.passed);
  return [
    renderTable(['CHANGES', 'MEASURED', 'SCORE', 'FAILED'], rows),
    ...renderRefused(refused),
    ...(wrong.length === 0 ? [] : ['', `${wrong.length} candidates were fast, but do not answer rightly.`]),
    ...(isExhausted ? ['', 'The budget ended the search: a larger --budget with --output NEW may find more.'] : []),
    '',
    describeWinner(winner),
    ...(written === null ? [] : ['', 'Written:', `  ${written.profile}`, `  ${written.evidence ?? 'no evidence'}`]),
    `  ${output}`,
  ].join('\n');
}

function describeWinner(winner: BenchTuneReport['winner']): string {
  if (winner === null) return 'Nothing could be measured that answers rightly.';
  if (winner.isBase) return 'Nothing is better than the profile as it is.';
  const gain = winner.gain === null ? '' : `, ${((winner.gain - 1) * 100).toFixed(1)} % over the profile`;
  return `Best: ${winner.changes}, score ${winner.score.toFixed(2)}${gain}`;
}
