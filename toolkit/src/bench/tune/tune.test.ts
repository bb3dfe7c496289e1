import { expect, it } from 'vitest';
import type { Answers, GateResult } from '../correctness/score.ts';
import { candidateKey, type Candidate } from './space.ts';
import type { Evaluation, Level } from './step.ts';
import { tune, type TuneActions } from './tune.ts';

const space = [{ name: 'speed', kind: 'argument', values: ['1', '2', '3'], baseIndex: 0 }] as const;
const problem = { space, settings: { first: 3, budget: 20, seed: 1 }, isAllowed: () => true, known: () => undefined };

/** An engine that is faster the higher the value; answers of the values in `garbage` are wrong. */
function actions(garbage: readonly number[], measured: string[] = []): TuneActions {
  return {
    evaluate: (candidate: Candidate, level: Level): Promise<Evaluation> => {
      measured.push(`${candidateKey(candidate)}/${level}`);
      return Promise.resolve({ score: 100 * (1 + (candidate[0] ?? 0)), reason: null });
    },
    ask: (candidate) => Promise.resolve({ profile: candidateKey(candidate) } as Answers),
    judge: ({ profile }) => {
      const passed = !garbage.includes(Number(profile));
      return { passed, reasons: passed ? [] : ['right are 0 %'] } as unknown as GateResult;
    },
  };
}

it('takes the fastest that answers rightly, and measures nothing twice', async () => {
  const measured: string[] = [];
  expect((await tune(problem, actions([], measured))).winner).toEqual([2]);
  expect(new Set(measured).size).toBe(measured.length);
  const { winner, gates, trials } = await tune(problem, actions([2]));
  expect(winner).toEqual([1]);
  expect(gates.map(({ key, gate }) => [key, gate.passed])).toEqual([
    ['2', false],
    ['1', true],
  ]);
  // What it measured stays what it was.
  expect(trials.find(({ key, level }) => key === '2' && level === 'full')?.score).toBe(300);
});

it('has no winner where nothing answers rightly', async () => {
  const { winner, gates } = await tune(problem, actions([0, 1, 2]));
  expect([winner, gates.length]).toEqual([null, 3]);
});

it('goes on from what is known', async () => {
  const measured: string[] = [];
  const known = (candidate: Candidate, level: Level) =>
    level === 'short' ? { score: 100 * (1 + (candidate[0] ?? 0)), reason: null } : undefined;
  expect((await tune({ ...problem, known }, actions([], measured))).winner).toEqual([2]);
  expect(measured.every((each) => each.endsWith('/full'))).toBe(true);
});
