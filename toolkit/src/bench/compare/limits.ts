import { failure } from '../../exit-codes.ts';
import type { PointResult } from '../result.ts';
import type { FigureName } from '../summary/figures.ts';
import type { PointPair } from './match.ts';

/** Figures that count the requests within the limits of `--slo`. */
const BY_LIMITS: readonly FigureName[] = ['goodRequestsPerSecond', 'goodShare'];

/** @throws AimError usage when figures are judged that mean something else under other limits, and limits differ */
export function refuseOtherLimits(pairs: readonly PointPair[], judged: readonly FigureName[]): void {
  if (!judged.some((figure) => BY_LIMITS.includes(figure))) return;
  const details = pairs.flatMap(({ before, after }) => {
    const [first, second] = [describeLimits(before), after && describeLimits(after)];
    return first === second || second === undefined ? [] : [`${before.key}: ${first} against ${second}`];
  });
  if (details.length === 0) return;
  throw failure('usage', {
    message: 'the results have other limits: requests that were good in one need not be in the other',
    hint: `Measure both with the same --slo, or judge other figures than ${BY_LIMITS.join(' and ')}.`,
    details,
  });
}

/** `ttft 500 ms, tpot 30 ms`; `none` where there are no limits. */
export function describeLimits({ repeats: [first] }: PointResult): string {
  const { ttftMs, tpotMs, e2elMs } = first?.spec.serviceLevel ?? {};
  const limits = Object.entries({ ttft: ttftMs, tpot: tpotMs, e2el: e2elMs });
  return limits.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${ms} ms`])).join(', ') || 'none';
}
