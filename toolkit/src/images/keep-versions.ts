import { planRetag } from '../versions/retag.ts';
import type { RegistryBuilder } from './registry-builder.ts';
import type { PushPlan } from './push-plan.ts';

/** A builder that gives no version a second time, also where somebody named the tag. */
export function keepVersions(builder: RegistryBuilder): RegistryBuilder {
  const kept: RegistryBuilder = {
    ...builder,
    apply: async (push, run) => {
      checkGivenTag(push);
      return builder.apply(push, run);
    },
    build: async (plan, run) => {
      run.onEvent({ kind: 'phase', phase: 'comparing' });
      return kept.apply(await builder.plan(plan), run);
    },
  };
  return kept;
}

/** @throws AimError check-failed when the tag is a version of other content */
function checkGivenTag({ image, target: { tag }, state, current, next }: PushPlan): void {
  // A tag that was computed is a new one; `latest` is nobody's version, and who names it means it.
  if (state !== 'changed' || next !== undefined || tag === undefined || tag === 'latest') return;
  planRetag({ source: undefined, digest: image.digest, tag, current: current?.digest, tags: [] });
}
