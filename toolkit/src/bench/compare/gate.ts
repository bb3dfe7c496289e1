import type { Difference } from '../stats/difference.ts';

/** When a difference counts. */
export interface GateRule {
  /** One-sided chance of a false alarm, over all tests of a comparison together. */
  readonly alpha: number;
  /** Changes up to this share are never called worse or better. */
  readonly leastChange: number;
}

/**
 * Repeats are added while an interval is wide, so small samples with a chance-narrow spread stop early and make a plain
 * test at 5 % alarm in 7 % of all cases. At 2 % with a least change of 2 % it is at most 5 % over all points together,
 * whatever their spreads. A drop of 5 % at a spread (CV) of 2 % is seen in 94 % of all cases where one point is compared,
 * and where it is one of 3, 6 or 10 points in 83, 79 and 74 %: no test that alarms so rarely sees much more of it with so
 * few repeats, while 7 of each show it in 95 %. The simulations are in gate.test.ts.
 */
export const GATE_RULE: GateRule = { alpha: 0.02, leastChange: 0.02 };

export type Verdict = 'worse' | 'better' | 'same' | 'unclear';

/** One test of a comparison; `difference` is undefined where there were too few repeats. */
export interface GateTest {
  readonly better: 'higher' | 'lower';
  readonly difference: Difference | undefined;
}

/**
 * Verdicts for all tests of one comparison, in their order. Holm's procedure in each direction keeps the chance of any
 * false alarm at `alpha` however many points there are.
 */
export function judgeDifferences(tests: readonly GateTest[], rule: GateRule = GATE_RULE): readonly Verdict[] {
  const worse = holm(
    tests.map((test) => chanceOf(test, test.better === 'higher' ? 'lowerP' : 'higherP')),
    rule.alpha,
  );
  const better = holm(
    tests.map((test) => chanceOf(test, test.better === 'higher' ? 'higherP' : 'lowerP')),
    rule.alpha,
  );
  return tests.map(({ difference }, at) => {
    if (difference === undefined) return 'unclear';
    // From nothing to something there is no share; the test alone decides.
    const matters = difference.change === null || Math.abs(difference.change) > rule.leastChange;
    if (matters && worse[at] === true) return 'worse';
    return matters && better[at] === true ? 'better' : 'same';
  });
}

function chanceOf({ difference }: GateTest, side: 'lowerP' | 'higherP'): number {
  return difference?.[side] ?? 1;
}

/** Which of the hypotheses with these p-values are rejected. */
function holm(chances: readonly number[], alpha: number): readonly boolean[] {
  const ranked = chances.map((chance, at) => ({ chance, at })).sort((a, b) => a.chance - b.chance);
  const rejected = new Set<number>();
  for (const [rank, { chance, at }] of ranked.entries()) {
    if (chance > alpha / (chances.length - rank)) break;
    rejected.add(at);
  }
  return chances.map((_, at) => rejected.has(at));
}
