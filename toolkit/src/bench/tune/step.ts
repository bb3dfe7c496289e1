import { createRandom } from '../load/random.ts';
import { baseCandidate, candidateKey, type Candidate, type Dimension } from './space.ts';

/** How thoroughly a candidate is measured: started and measured briefly, or with repeats. */
export type Level = 'short' | 'full';

/** What measuring a candidate came to. `score` is higher for better ones; null where it failed. */
export interface Evaluation {
  readonly score: number | null;
  /** Why there is no score. */
  readonly reason: string | null;
}

/** What the search does next. */
export type TuneStep =
  | {
      readonly kind: 'evaluate';
      readonly candidate: Candidate;
      readonly level: Level;
      readonly phase: 'first' | 'best of first' | 'neighbour' | 'ablation';
    }
  /** `winner` is null when not even the profile itself could be measured. */
  | { readonly kind: 'done'; readonly winner: Candidate | null; readonly isExhausted: boolean };

export interface TuneSettings {
  /** Candidates of the first round, the profile itself among them. */
  readonly first: number;
  /** Measurements of either level, altogether. */
  readonly budget: number;
  readonly seed: number;
}

export interface TuneProblem {
  readonly space: readonly Dimension[];
  readonly settings: TuneSettings;
  /** False for a candidate that need not be tried: it does not fit, or breaks a rule. */
  readonly isAllowed: (candidate: Candidate) => boolean;
  /** What is known so far; undefined for what was not measured. */
  readonly known: (candidate: Candidate, level: Level) => Evaluation | undefined;
}

/** One in so many of a round is measured thoroughly. */
const KEPT_SHARE = 3;
/** A neighbour this little below the best may still be better: short measurements are noisy. */
const SHORT_MARGIN = 0.03;
/** A loss that is none: the best of several was also the luckiest. */
const NO_EFFECT = 0.02;

/**
 * Decides the next measurement from those that are known, always the same one from the same: a search is resumed by
 * asking again. First a random round, whose best third is measured fully beside the profile itself; then steps to
 * neighbours of the best while they help; last, every change is taken back for which nothing is lost.
 */
export function planTuneStep(problem: TuneProblem): TuneStep {
  const run = new Replay(problem);
  try {
    const best = climb(problem, run, firstRound(problem, run));
    return { kind: 'done', winner: best && ablate(problem, run, best), isExhausted: false };
  } catch (error) {
    if (!(error instanceof Pause)) throw error;
    return error.step ?? { kind: 'done', winner: run.best(), isExhausted: true };
  }
}

/** Ends a replay where something is not known yet, or where the budget ends. */
class Pause extends Error {
  readonly step: TuneStep | undefined;
  constructor(step: TuneStep | undefined) {
    super('the replay ends here');
    this.step = step;
  }
}

type Phase = Extract<TuneStep, { kind: 'evaluate' }>['phase'];

/** Walks through what is known, counting it against the budget. */
class Replay {
  readonly #problem: TuneProblem;
  readonly #used = new Set<string>();
  readonly #full = new Map<string, { readonly candidate: Candidate; readonly score: number }>();

  constructor(problem: TuneProblem) {
    this.#problem = problem;
  }

  /** The score, minus infinity for a failure. */
  score(candidate: Candidate, level: Level, phase: Phase): number {
    const key = `${candidateKey(candidate)}/${level}`;
    if (!this.#used.has(key) && this.#used.size >= this.#problem.settings.budget) throw new Pause(undefined);
    const found = this.#problem.known(candidate, level);
    if (found === undefined) throw new Pause({ kind: 'evaluate', candidate, level, phase });
    this.#used.add(key);
    if (level === 'full' && found.score !== null) {
      this.#full.set(candidateKey(candidate), { candidate, score: found.score });
    }
    return found.score ?? -Infinity;
  }

  /** The best of those measured fully. */
  best(): Candidate | null {
    const [first] = [...this.#full.values()].sort((a, b) => b.score - a.score);
    return first?.candidate ?? null;
  }
}

function firstRound({ space, settings, isAllowed }: TuneProblem, run: Replay): Candidate | null {
  const candidates = sampleFirst(space, settings, isAllowed);
  const scored = candidates.map((candidate) => ({ candidate, score: run.score(candidate, 'short', 'first') }));
  const kept = scored
    .filter(({ score }) => score > -Infinity)
    .sort((a, b) => b.score - a.score)
    .slice(0, Math.ceil(candidates.length / KEPT_SHARE));
  const base = baseCandidate(space);
  const full = [base, ...kept.map(({ candidate }) => candidate)];
  for (const candidate of full) run.score(candidate, 'full', 'best of first');
  return run.best();
}

/** The profile itself and others, all different: everything where the space is small, else drawn evenly. */
export function sampleFirst(
  space: readonly Dimension[],
  { first, seed }: Pick<TuneSettings, 'first' | 'seed'>,
  isAllowed: TuneProblem['isAllowed'],
): readonly Candidate[] {
  const base = baseCandidate(space);
  const found = new Map([[candidateKey(base), base]]);
  const random = createRandom(seed, first);
  const size = space.reduce((product, { values }) => product * values.length, 1);
  const attempts = Math.min(size * 8, first * 50);
  for (let tried = 0; tried < attempts && found.size < Math.min(first, size); tried++) {
    const candidate = space.map(({ values }) => random.below(values.length));
    if (isAllowed(candidate)) found.set(candidateKey(candidate), candidate);
  }
  return [...found.values()];
}

function climb(problem: TuneProblem, run: Replay, start: Candidate | null): Candidate | null {
  let best = start;
  while (best !== null) {
    const here = best;
    const least = run.score(here, 'short', 'neighbour') * (1 - SHORT_MARGIN);
    const near = neighboursOf(problem, here).filter((each) => run.score(each, 'short', 'neighbour') >= least);
    for (const each of near) run.score(each, 'full', 'neighbour');
    best = run.best();
    if (best === null || candidateKey(best) === candidateKey(here)) return best;
  }
  return best;
}

/** One step up or down in each dimension; all values of one whose values have no order. */
function neighboursOf({ space, isAllowed }: TuneProblem, candidate: Candidate): Candidate[] {
  return space.flatMap(({ values }, at) => {
    const index = candidate[at] ?? 0;
    const steps = values.every((text) => Number.isFinite(Number(text)))
      ? [index - 1, index + 1]
      : values.map((_, each) => each).filter((each) => each !== index);
    return steps
      .filter((each) => each >= 0 && each < values.length)
      .map((each) => candidate.with(at, each))
      .filter((each) => isAllowed(each));
  });
}

function ablate({ space, isAllowed }: TuneProblem, run: Replay, best: Candidate): Candidate {
  const least = run.score(best, 'full', 'ablation') * (1 - NO_EFFECT);
  const base = baseCandidate(space);
  return space.reduce<Candidate>((kept, { baseIndex }, at) => {
    if (kept[at] === baseIndex) return kept;
    const without = kept.with(at, baseIndex);
    const isMeasurable = candidateKey(without) === candidateKey(base) || isAllowed(without);
    return isMeasurable && run.score(without, 'full', 'ablation') >= least ? without : kept;
  }, best);
}
