import { drawNormal, type Random } from '../load/random.ts';

/** How a duration is drawn; milliseconds. */
export type Distribution =
  | { readonly kind: 'constant'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'normal'; readonly meanMs: number; readonly deviationMs: number }
  | { readonly kind: 'exponential'; readonly meanMs: number }
  /** Median and the factor of one standard deviation: 1 is constant, 2 is a long tail. */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly spread: number };

export const DISTRIBUTION_FORMS =
  'MS, uniform:FROM:TO, normal:MEAN:DEVIATION, exponential:MEAN, lognormal:MEDIAN:FACTOR';

/** Reads one of {@link DISTRIBUTION_FORMS}; undefined for anything else. */
export function parseDistribution(text: string): Distribution | undefined {
  const [kind = '', ...rest] = text.split(':');
  const [a, b, ...more] = rest.map(parseMs);
  if (rest.length === 0) {
    const ms = parseMs(kind);
    return ms === undefined ? undefined : { kind: 'constant', ms };
  }
  if (a === undefined || more.length > 0) return undefined;
  if (kind === 'exponential') return rest.length === 1 ? { kind, meanMs: a } : undefined;
  if (b === undefined) return undefined;
  if (kind === 'uniform') return b < a ? undefined : { kind, fromMs: a, toMs: b };
  if (kind === 'normal') return { kind, meanMs: a, deviationMs: b };
  if (kind === 'lognormal') return b < 1 ? undefined : { kind, medianMs: a, spread: b };
  return undefined;
}

/** Draws a duration in milliseconds; never negative. */
export function drawMs(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.ms;
    case 'uniform':
      return distribution.fromMs + random.next() * (distribution.toMs - distribution.fromMs);
    case 'normal':
      return Math.max(0, distribution.meanMs + drawNormal(random) * distribution.deviationMs);
    case 'exponential':
      return -Math.log(1 - random.next()) * distribution.meanMs;
    case 'lognormal':
      return distribution.medianMs * distribution.spread ** drawNormal(random);
  }
}

function parseMs(text: string): number | undefined {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}
