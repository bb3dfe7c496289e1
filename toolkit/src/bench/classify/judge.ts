import type { GateResult } from '../correctness/score.ts';
import type { Estimate } from '../result.ts';
import type { ClassifyThresholds } from './config.ts';
import type { MeasuredType } from './evidence.ts';

/** What is known of a profile. Estimates are of one figure, in its unit. */
export interface JudgedFacts {
  readonly better: 'higher' | 'lower';
  readonly own: Estimate;
  /** Of the best profile of the same model, GPU and precision, this one left out; null where it is the only one. */
  readonly best: Estimate | null;
  readonly general: Estimate | null;
  /** Null where the server does not count them. */
  readonly preemptions: number | null;
  /** Null where it was not run. */
  readonly gate: Pick<GateResult, 'passed' | 'reasons'> | null;
  /** Why there is no gate, where more than that is known. */
  readonly unchecked?: string | undefined;
}

export interface Judgement {
  readonly type: MeasuredType;
  /** What decided, the weightiest first. */
  readonly reasons: readonly string[];
}

/**
 * The type that measurements justify. `optimized`: the lower end of the interval is near the best known and clearly
 * above the general profile, without preemptions and with right answers. `preview`: above the general profile, but one
 * of the other things is missing. Else `unoptimized`, as is everything that answers wrongly.
 */
export function judgeType(facts: JudgedFacts, thresholds: ClassifyThresholds): Judgement {
  const { own, best, general, gate, better } = facts;
  if (gate !== null && !gate.passed) {
    return { type: 'unoptimized', reasons: [`the answers are not right: ${gate.reasons.join('; ')}`] };
  }
  if (general === null) return { type: 'unoptimized', reasons: ['the general profile was not measured'] };
  const gain = ratio(own.mean, general.mean, better) - 1;
  const lowGain = lowestRatio(own, general.mean, better) - 1;
  const reached = best === null ? 1 : lowestRatio(own, best.mean, better);
  const over = `${signed(gain)} over the general profile`;
  if (overlaps(own, general)) return { type: 'unoptimized', reasons: [`${over}: their intervals overlap`] };
  if (gain < thresholds.previewGain) {
    return { type: 'unoptimized', reasons: [`${over}, ${signed(thresholds.previewGain)} is required`] };
  }
  const missing = [
    ...(own.n < thresholds.leastRepeats ? [`${own.n} of ${thresholds.leastRepeats} repeats`] : []),
    ...(reached < thresholds.bestShare
      ? [`at least ${percent(reached)} of the best known, ${percent(thresholds.bestShare)} are required`]
      : []),
    ...(lowGain < thresholds.optimizedGain
      ? [`at least ${signed(lowGain)} over the general profile, ${signed(thresholds.optimizedGain)} is required`]
      : []),
    ...(facts.preemptions !== null && facts.preemptions > 0 ? [`${facts.preemptions} preemptions`] : []),
    ...(gate === null ? [`the answers were not checked${facts.unchecked ? `: ${facts.unchecked}` : ''}`] : []),
  ];
  if (missing.length > 0) return { type: 'preview', reasons: [over, ...missing] };
  return { type: 'optimized', reasons: [over, `at least ${percent(reached)} of the best known`] };
}

/** How many times as good the first is. */
export function ratio(value: number, other: number, better: JudgedFacts['better']): number {
  return better === 'higher' ? value / other : other / value;
}

/** The ratio at the worse end of the interval; a single repeat has none and stands for itself. */
function lowestRatio({ mean, low, high }: Estimate, other: number, better: JudgedFacts['better']): number {
  return ratio((better === 'higher' ? low : high) ?? mean, other, better);
}

function overlaps(own: Estimate, general: Estimate): boolean {
  const [low, high] = [own.low ?? own.mean, own.high ?? own.mean];
  return low <= (general.high ?? general.mean) && high >= (general.low ?? general.mean);
}

function signed(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
