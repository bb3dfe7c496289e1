import type { BenchResult, PointResult } from '../result.ts';
import { describeLimits } from './limits.ts';
import type { PointPair } from './match.ts';

const PARTS = {
  gpu: 'GPU',
  gpuCount: 'number of GPUs',
  model: 'model',
  engine: 'engine',
  engineVersion: 'engine version',
  image: 'image',
  imageDigest: 'image digest',
  driver: 'driver',
} as const;

type Part = string | number | null | undefined;

/** Sentences on what else was different than the thing compared; each once. */
export function describeIdentityChanges(
  before: BenchResult,
  after: BenchResult,
  pairs: readonly PointPair[],
): readonly string[] {
  const changes = pairs.flatMap((pair) => (pair.after === undefined ? [] : changesOf(pair.before, pair.after)));
  const host = before.host === after.host ? [] : [sentence('host', before.host, after.host)];
  return [...new Set([...host, ...changes])];
}

function changesOf(before: PointResult, after: PointResult): readonly string[] {
  const parts = Object.entries(PARTS).flatMap(([key, name]) => {
    const [first, second] = [before, after].map(({ identity }) => identity[key as keyof typeof PARTS]);
    return first === second ? [] : [sentence(name, first, second)];
  });
  const backends = [...new Set([before, after].flatMap(({ identity }) => Object.keys(identity.backends)))].flatMap(
    (key) => {
      const [first, second] = [before, after].map(({ identity }) => identity.backends[key] ?? null);
      return first === second ? [] : [sentence(`${key} back end`, first, second)];
    },
  );
  const profile = before.profile === after.profile ? [] : [sentence('profile', before.profile, after.profile)];
  const [limits, otherLimits] = [describeLimits(before), describeLimits(after)];
  const limitsChange = limits === otherLimits ? [] : [sentence('service level', limits, otherLimits)];
  return [...profile, ...parts, ...backends, ...extentOf(before, after), ...limitsChange];
}

/** How long was measured: it may change numbers, but not what they mean. */
function extentOf({ repeats: [before] }: PointResult, { repeats: [after] }: PointResult): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return (['requests', 'durationMs', 'warmupRequests'] as const).flatMap((key) => {
    const [first, second] = [before.spec[key], after.spec[key]];
    return first === second ? [] : [sentence(key, first, second)];
  });
}

function sentence(name: string, before: Part, after: Part): string {
  const show = (value: Part) => `${value ?? 'unknown'}`;
  return `${name} differs: ${show(before)} and ${show(after)}`;
}
