import type { Answers, GateResult } from '../correctness/score.ts';
import { candidateKey, describeCandidate, type Candidate } from './space.ts';
import { planTuneStep, type Evaluation, type Level, type TuneProblem } from './step.ts';

/** One measurement of a search. */
export interface Trial {
  readonly key: string;
  readonly changes: string;
  readonly level: Level;
  readonly score: number | null;
  readonly reason: string | null;
}

export interface TuneOutcome {
  readonly winner: Candidate | null;
  /** True when the budget ended the search. */
  readonly isExhausted: boolean;
  readonly trials: readonly Trial[];
  /** The winner's, or those of all that failed it. */
  readonly gates: readonly { readonly key: string; readonly gate: GateResult }[];
}

/** What a search needs done; each is remembered by whoever does it. */
export interface TuneActions {
  readonly evaluate: (candidate: Candidate, level: Level, phase: string) => Promise<Evaluation>;
  /** Asks a candidate's server the questions. @throws AimError */
  readonly ask: (candidate: Candidate) => Promise<Answers>;
  readonly judge: (answers: Answers) => GateResult;
}

/**
 * Searches until there is a winner that answers rightly. A winner that does not is taken out, however fast it is, and
 * the search goes on without it.
 */
export async function tune(problem: TuneProblem, actions: TuneActions): Promise<TuneOutcome> {
  const fresh = new Map<string, Evaluation>();
  const wrong = new Map<string, Evaluation>();
  const trials = new Map<string, Trial>();
  const gates: TuneOutcome['gates'][number][] = [];
  const known: TuneProblem['known'] = (candidate, level) => {
    const key = candidateKey(candidate);
    const found = fresh.get(`${key}/${level}`) ?? problem.known(candidate, level);
    if (found !== undefined) {
      const changes = describeCandidate(problem.space, candidate);
      trials.set(`${key}/${level}`, { key, changes, level, ...found });
    }
    return found === undefined ? undefined : (wrong.get(key) ?? found);
  };
  for (;;) {
    const step = planTuneStep({ ...problem, known });
    if (step.kind === 'evaluate') {
      const { candidate, level, phase } = step;
      fresh.set(`${candidateKey(candidate)}/${level}`, await actions.evaluate(candidate, level, phase));
      continue;
    }
    const { winner, isExhausted } = step;
    const outcome = { winner, isExhausted, trials: [...trials.values()], gates };
    if (winner === null) return outcome;
    const key = candidateKey(winner);
    const gate = actions.judge(await actions.ask(winner));
    gates.push({ key, gate });
    if (gate.passed) return outcome;
    wrong.set(key, { score: null, reason: `its answers are not right: ${gate.reasons.join('; ')}` });
  }
}
