import { describe, expect, it } from 'vitest';
import { createRandom, drawNormal } from '../load/random.ts';
import { baseCandidate, candidateKey, type Candidate, type Dimension } from './space.ts';
import { planTuneStep, type Evaluation, type Level, type TuneProblem, type TuneStep } from './step.ts';

const BUDGET = 60;

interface Made {
  readonly problem: Omit<TuneProblem, 'known'>;
  /** True score; undefined where the engine crashes. */
  readonly truth: (candidate: Candidate) => number | undefined;
  readonly best: number;
}

function allOf(space: readonly Dimension[]): Candidate[] {
  return space.reduce<Candidate[]>(
    (found, { values }) => found.flatMap((each) => values.map((_, index) => [...each, index])),
    [[]],
  );
}

/** A made-up engine: each argument has a best value, two of them influence each other, and some places crash. */
function makeProblem(seed: number): Made {
  const random = createRandom(seed, 7);
  const space = Array.from({ length: 2 + random.below(3) }, (_, at): Dimension => {
    const values = Array.from({ length: 3 + random.below(4) }, (_each, index) => String(2 ** index));
    return { name: `p${at}`, kind: 'argument', values, baseIndex: random.below(values.length) };
  });
  const best = space.map(({ values }) => random.below(values.length));
  const weights = space.map(() => 0.02 + 0.3 * (random.below(1000) / 1000));
  const mixed = 0.05 * (random.below(1000) / 1000);
  const base = baseCandidate(space);
  const wall = new Set(
    allOf(space)
      .filter((each) => candidateKey(each) !== candidateKey(base) && candidateKey(each) !== candidateKey(best))
      .filter(() => random.below(100) < 8)
      .map(candidateKey),
  );
  const truth = (candidate: Candidate) => {
    if (wall.has(candidateKey(candidate))) return undefined;
    const far = candidate.map((index, at) => Math.abs(index - (best[at] ?? 0)) / (space[at]!.values.length - 1));
    const loss = far.reduce((product, distance, at) => product * (1 - (weights[at] ?? 0) * distance), 1);
    return 1000 * loss * (1 - mixed * (far[0] ?? 0) * (far[1] ?? 0));
  };
  const settings = { first: 9, budget: BUDGET, seed };
  return { problem: { space, settings, isAllowed: () => true }, truth, best: truth(best) ?? 0 };
}

interface Finished {
  readonly winner: Candidate | null;
  readonly steps: Extract<TuneStep, { kind: 'evaluate' }>[];
}

/** Runs a search to its end; short measurements have 2 % of noise, full ones 0.6 %. */
function search({ problem, truth }: Made, seed: number): Finished {
  const random = createRandom(seed, 11);
  const known = new Map<string, Evaluation>();
  const keyOf = (candidate: Candidate, level: Level) => `${candidateKey(candidate)}/${level}`;
  const steps: Finished['steps'] = [];
  for (;;) {
    const step = planTuneStep({ ...problem, known: (candidate, level) => known.get(keyOf(candidate, level)) });
    if (step.kind === 'done') return { winner: step.winner, steps };
    const key = keyOf(step.candidate, step.level);
    expect(known.has(key)).toBe(false);
    const value = truth(step.candidate);
    const noise = 1 + (step.level === 'short' ? 0.02 : 0.006) * drawNormal(random);
    known.set(key, value === undefined ? { score: null, reason: 'crashed' } : { score: value * noise, reason: null });
    steps.push(step);
  }
}

describe('the search', () => {
  const seeds = Array.from({ length: 120 }, (_, seed) => seed);

  it('comes within 3 % of the best in a bounded number of measurements, through noise and crashes', () => {
    let near = 0;
    let measured = 0;
    for (const seed of seeds) {
      const made = makeProblem(seed);
      const { winner, steps } = search(made, seed);
      expect(steps.length).toBeLessThanOrEqual(BUDGET);
      const reached = winner === null ? undefined : made.truth(winner);
      // What crashed is never the winner.
      expect(reached).toBeDefined();
      measured += steps.length;
      if ((reached ?? 0) >= 0.97 * made.best) near++;
    }
    expect(near / seeds.length).toBeGreaterThanOrEqual(0.95);
    expect(measured / seeds.length).toBeLessThan(BUDGET * 0.8);
  });

  it('never ends with less than the profile had', () => {
    for (const seed of seeds) {
      const made = makeProblem(seed);
      const { winner } = search(made, seed);
      const before = made.truth(baseCandidate(made.problem.space)) ?? 0;
      expect(made.truth(winner!) ?? 0).toBeGreaterThanOrEqual(before * 0.97);
    }
  });

  it('asks the same again when it is resumed', () => {
    const made = makeProblem(3);
    expect(search(made, 5).steps).toEqual(search(made, 5).steps);
  });

  it('takes back changes that do nothing', () => {
    const values = ['1', '2', '3'];
    const space = ['useful', 'useless'].map((name) => ({ name, kind: 'argument', values, baseIndex: 0 }) as const);
    const problem = { space, settings: { first: 9, budget: 40, seed: 1 }, isAllowed: () => true };
    const truth = ([useful = 0, useless = 0]: Candidate) => 100 * (1 + 0.2 * useful) * (1 + 0.001 * useless);
    const winners = seeds.slice(0, 50).map((seed) => search({ problem, truth, best: 140 }, seed).winner ?? []);
    expect(winners.filter(([useful, useless]) => useful === 2 && useless === 0).length).toBeGreaterThanOrEqual(45);
  });

  it('ends when nothing works, and tries nothing that is not allowed', () => {
    const made = makeProblem(1);
    const dead = search({ ...made, truth: () => undefined }, 1);
    expect(dead.winner).toBeNull();
    const only = baseCandidate(made.problem.space);
    const isAllowed = (each: Candidate) => candidateKey(each) === candidateKey(only);
    const { winner, steps } = search({ ...made, truth: () => 1, problem: { ...made.problem, isAllowed } }, 1);
    expect([winner, steps.length]).toEqual([only, 2]);
  });

  it('gives the best it has when the budget ends', () => {
    const made = makeProblem(2);
    const { space } = made.problem;
    const problem = { ...made.problem, settings: { first: 9, budget: 11, seed: 2 } };
    const { winner, steps } = search({ ...made, problem }, 2);
    expect([steps.length, winner?.length]).toEqual([11, space.length]);
  });
});
