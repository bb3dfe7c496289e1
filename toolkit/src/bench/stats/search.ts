import { failure } from '../../exit-codes.ts';

/** Where the highest load that meets its limits is looked for. */
export interface LoadSearch {
  /** Bounds in requests at once, or requests per second; both above 0. */
  readonly least: number;
  readonly most: number;
  /** Only whole loads, as concurrency needs. */
  readonly whole: boolean;
  /** How close the answer has to be, as a share of the load. */
  readonly tolerance?: number;
  readonly maxPoints?: number;
}

/** A measured load. `margin` is the worst figure over its limit: 1 just meets it; absent where it cannot be told. */
export interface MeasuredLoad {
  readonly load: number;
  readonly pass: boolean;
  readonly margin?: number;
}

export type SearchStep =
  | { readonly kind: 'measure'; readonly load: number }
  /** `load` is the highest that met the limits; null when not even the least did. `exact`: within the tolerance. */
  | { readonly kind: 'done'; readonly load: number | null; readonly exact: boolean };

const TOLERANCE = 0.05;
const MAX_POINTS = 8;

/**
 * The next load to measure, from all that were measured. Loads form a ladder whose steps are within the tolerance; each
 * measurement halves at least what is left of it, so that 8 points decide 255 steps (a range of 1 to 250,000). Where
 * both ends of what is left have margins, the limit is guessed between them on logarithmic axes, which is often
 * quicker, but never so near to one end that the rest could not be decided.
 * @throws AimError usage when the bounds are none
 */
export function planSearch(search: LoadSearch, measured: readonly MeasuredLoad[]): SearchStep {
  if (!(search.least > 0 && search.most >= search.least && Number.isFinite(search.most))) {
    throw failure('usage', {
      message: `there is no load between ${search.least} and ${search.most}`,
      hint: 'Give a least load above 0 and a most load that is not below it.',
    });
  }
  const ladder = buildLadder(search);
  const left = (search.maxPoints ?? MAX_POINTS) - measured.length;
  const range = narrow(ladder, measured);
  const open = range.fails - range.passes - 1;
  if (open <= 0 || left <= 0) {
    return { kind: 'done', load: ladder[range.passes] ?? null, exact: open <= 0 };
  }
  const capacity = 2 ** (left - 1) - 1;
  const middle = range.passes + Math.ceil((open + 1) / 2);
  const first = Math.min(middle, Math.max(range.passes + 1, range.fails - 1 - capacity));
  const last = Math.max(middle, Math.min(range.fails - 1, range.passes + 1 + capacity));
  const guess = guessStep(ladder, measured, range) ?? middle;
  return { kind: 'measure', load: ladder[Math.min(last, Math.max(first, guess))] ?? search.least };
}

/** Indices of the highest load known to pass and the lowest above it known to fail; one before and after the ladder. */
interface Range {
  readonly passes: number;
  readonly fails: number;
}

function buildLadder({ least, most, whole, tolerance = TOLERANCE }: LoadSearch): readonly number[] {
  const steps = Math.ceil(Math.log(most / least) / Math.log1p(tolerance));
  const ladder = Array.from({ length: steps + 1 }, (_, at) => least * (most / least) ** (steps === 0 ? 0 : at / steps));
  return whole ? [...new Set(ladder.map(Math.round))] : ladder;
}

function narrow(ladder: readonly number[], measured: readonly MeasuredLoad[]): Range {
  const failed = measured.filter(({ pass }) => !pass).map(({ load }) => ladder.findIndex((each) => each >= load));
  const fails = Math.min(ladder.length, ...failed.map((at) => (at < 0 ? ladder.length : at)));
  const passed = measured.filter(({ pass }) => pass).map(({ load }) => ladder.findLastIndex((each) => each <= load));
  // Above a load that failed nothing counts: noise let it pass.
  return { passes: Math.max(-1, ...passed.filter((at) => at < fails)), fails };
}

function guessStep(ladder: readonly number[], measured: readonly MeasuredLoad[], range: Range): number | undefined {
  const at = (index: number) => measured.find(({ load }) => load === ladder[index]);
  const [low, high] = [at(range.passes), at(range.fails)];
  if (!low?.margin || !high?.margin || !Number.isFinite(high.margin) || high.margin <= low.margin) return undefined;
  const share = -Math.log(low.margin) / Math.log(high.margin / low.margin);
  const load = low.load * (high.load / low.load) ** share;
  return ladder.findLastIndex((each) => each <= load);
}
