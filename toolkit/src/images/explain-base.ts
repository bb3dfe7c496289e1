import { parseManifest } from '../oci/manifest.ts';
import { formatManifest } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { compareInputs, readInputs, type Change, type ImageInputs } from './inputs.ts';
import type { PushPlan } from './push-plan.ts';

/** Says of a changed base what changed in it, such as the runtime: one request for each base there was before. */
export function createBaseExplainer(registry: Registry): (push: PushPlan) => Promise<readonly Change[]> {
  const known = new Map<string, Promise<ImageInputs | undefined>>();
  return async ({ changes, previous, image: { base } }) => {
    if (previous === undefined || base.inputs === undefined || previous.base === base.digest) return changes;
    const before = known.get(previous.base) ?? fetchInputs(registry, base.repository, previous.base);
    known.set(previous.base, before);
    const inputs = await before;
    if (inputs === undefined) return changes;
    const reasons = compareInputs({ inputs, revision: '' }, { inputs: base.inputs, revision: '' });
    const details = reasons.map(({ part, details }) => [part, ...details].join(' '));
    return changes.map((change) =>
      change.part === 'base' ? { ...change, details: [...change.details, ...details] } : change,
    );
  };
}

async function fetchInputs(
  registry: Registry,
  repository: PushPlan['image']['base']['repository'],
  digest: string,
): Promise<ImageInputs | undefined> {
  const stored = await registry.findManifest(repository, digest);
  if (stored === undefined) return undefined;
  const parsed = parseManifest(stored, formatManifest(repository, digest));
  return parsed.kind === 'manifest' ? readInputs(parsed.manifest) : undefined;
}
