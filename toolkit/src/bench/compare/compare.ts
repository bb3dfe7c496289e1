import type { Difference } from '../stats/difference.ts';
import { compareTogether, type SamplePair } from '../stats/pooled.ts';
import { selectValues } from '../summary/aggregate.ts';
import { describeShape } from '../summary/describe-point.ts';
import { FIGURES, selectHeadline, type FigureName } from '../summary/figures.ts';
import type { BenchResult, Estimate, InvalidReason, PointResult } from '../result.ts';
import { GATE_RULE, judgeDifferences, type GateRule, type Verdict } from './gate.ts';
import { describeIdentityChanges } from './identity.ts';
import { refuseOtherLimits } from './limits.ts';
import { matchPoints, type PointPair } from './match.ts';

/** One figure of one point in both results. */
export interface FigureComparison {
  readonly figure: FigureName;
  readonly unit: string;
  readonly before: Estimate | null;
  readonly after: Estimate | null;
  /** Share by which the second is higher, with its 95 % interval. */
  readonly change: number | null;
  readonly changeLow: number | null;
  readonly changeHigh: number | null;
  /** Null for figures that are shown, but not judged. One that is not known any more is worse. */
  readonly verdict: Verdict | null;
}

export interface PointComparison {
  readonly key: string;
  readonly profile: string | null;
  readonly shape: string;
  /** Why there is nothing to judge: not measured again, or no valid repeat; null otherwise. */
  readonly missing: 'not_measured' | 'no_valid_repeat_before' | 'no_valid_repeat_after' | null;
  readonly reasons: readonly InvalidReason[];
  readonly figures: readonly FigureComparison[];
}

/** Result of `aimctl bench compare`, and of `--baseline`. */
export interface Comparison {
  /** False when a point got worse, or had no valid repeat the second time. */
  readonly passed: boolean;
  readonly worse: number;
  readonly better: number;
  readonly unclear: number;
  readonly missing: number;
  readonly warnings: readonly string[];
  readonly points: readonly PointComparison[];
}

export interface CompareOptions extends Partial<GateRule> {
  /** Figures to judge; default is the headline figure of each load. */
  readonly judged?: readonly FigureName[];
  /** Points whose repeats are too few for a verdict fail the comparison too. */
  readonly strict?: boolean;
}

const SHOWN: readonly FigureName[] = ['outputTokensPerSecond', 'ttftP50Ms', 'ttftP99Ms', 'tpotMeanMs', 'latencyMeanMs'];

/**
 * Holds a result against an earlier one, point by point. @throws AimError usage when they measured different things
 */
export function compareResults(before: BenchResult, after: BenchResult, options: CompareOptions = {}): Comparison {
  const { judged, strict = false, ...rule } = options;
  const { pairs, added } = matchPoints(before, after);
  refuseOtherLimits(pairs, judged ?? []);
  const drafts = pairs.map((pair) => draftPoint(pair, judged));
  const points = judgeAll(drafts, { ...GATE_RULE, ...rule });
  const count = (verdict: Verdict) =>
    points.flatMap(({ figures }) => figures).filter((figure) => figure.verdict === verdict).length;
  const [worse, better, unclear] = [count('worse'), count('better'), count('unclear')];
  const missing = points.filter((point) => point.missing !== null).length;
  // A point that could not be measured even the first time is no regression.
  const lost = points.some((point) => point.missing === 'not_measured' || point.missing === 'no_valid_repeat_after');
  const extra = added.map(({ key }) => `${key} was measured only the second time`);
  return {
    passed: worse === 0 && !lost && !(strict && unclear > 0),
    worse,
    better,
    unclear,
    missing,
    warnings: [...describeIdentityChanges(before, after, pairs), ...extra],
    points,
  };
}

/** A figure whose change and verdict wait for all the others. */
interface Draft extends Pick<FigureComparison, 'figure' | 'unit' | 'before' | 'after'> {
  readonly judged: boolean;
  readonly samples: SamplePair;
}

interface PointDraft extends Omit<PointComparison, 'figures'> {
  readonly figures: readonly Draft[];
}

function draftPoint({ before, after }: PointPair, judged: readonly FigureName[] | undefined): PointDraft {
  const [spec] = before.repeats;
  const missing = findMissing(before, after);
  const headline = spec === undefined ? [] : [selectHeadline(spec)];
  const names = judged ?? headline;
  const shown = [...new Set([...names, ...SHOWN])];
  return {
    key: before.key,
    profile: before.profile,
    shape: spec === undefined ? before.key : describeShape(spec.spec),
    missing,
    reasons: [...new Set((after?.repeats ?? []).flatMap(({ reasons }) => reasons))],
    figures:
      missing !== null || after === undefined
        ? []
        : shown.map((name) => draftFigure(name, { before, after, judged: names.includes(name) })),
  };
}

function findMissing(before: PointResult, after: PointResult | undefined): PointComparison['missing'] {
  if (after === undefined) return 'not_measured';
  if (!before.repeats.some(({ valid }) => valid)) return 'no_valid_repeat_before';
  return after.repeats.some(({ valid }) => valid) ? null : 'no_valid_repeat_after';
}

function draftFigure(
  name: FigureName,
  { before, after, judged }: { readonly before: PointResult; readonly after: PointResult; readonly judged: boolean },
): Draft {
  return {
    figure: name,
    unit: FIGURES[name].unit,
    before: before.estimates[name] ?? null,
    after: after.estimates[name] ?? null,
    judged,
    samples: { before: selectValues(before, name), after: selectValues(after, name) },
  };
}

function judgeAll(drafts: readonly PointDraft[], rule: GateRule): readonly PointComparison[] {
  const all = drafts.flatMap(({ figures }) => figures);
  const differences = findDifferences(all);
  const tests = all.filter(({ judged }) => judged);
  const verdicts = judgeDifferences(
    tests.map((test) => ({ better: FIGURES[test.figure].better, difference: differences.get(test) })),
    rule,
  );
  const verdictOf = new Map(tests.map((test, at) => [test, isLost(test) ? 'worse' : (verdicts[at] ?? 'unclear')]));
  return drafts.map((point) => ({
    ...point,
    figures: point.figures.map((draft) => {
      const { figure, unit, before, after } = draft;
      const { change = null, low: changeLow = null, high: changeHigh = null } = differences.get(draft) ?? {};
      return { figure, unit, before, after, change, changeLow, changeHigh, verdict: verdictOf.get(draft) ?? null };
    }),
  }));
}

/** The same figure of all points together: they tell more of its spread than each alone. */
function findDifferences(drafts: readonly Draft[]): ReadonlyMap<Draft, Difference | undefined> {
  const byFigure = [...Map.groupBy(drafts, ({ figure }) => figure).values()];
  return new Map(
    byFigure.flatMap((same) => {
      const differences = compareTogether(same.map(({ samples }) => samples));
      return same.map((draft, at) => [draft, differences[at]] as const);
    }),
  );
}

function isLost({ before, after }: Draft): boolean {
  return before !== null && after === null;
}
