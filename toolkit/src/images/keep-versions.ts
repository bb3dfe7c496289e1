import { failure } from '../exit-codes.ts';
import { planRetag } from '../versions/retag.ts';
import { isFloatingTag } from '../versions/tags.ts';
import type { PushPlan } from './push-plan.ts';
import type { RegistryBuilder } from './registry-builder.ts';

/** A builder that gives no version a second time and moves no tag of releases, also where somebody named the tag. */
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

/** @throws AimError check-failed when the tag is a version of other content, or one that only releases move */
function checkGivenTag({ image, target: { tag }, state, current, next }: PushPlan): void {
  // A tag that was computed is a new one.
  if (state === 'up-to-date' || next !== undefined || tag === undefined) return;
  if (isFloatingTag(tag, image.plan.kind)) {
    throw failure('check-failed', {
      message: `${tag} always names the newest official version of ${image.plan.aimId ?? image.plan.kind}, and a push makes none`,
      hint: `\`aimctl release\` moves it; \`aimctl tag\` gives it to a version that is there. Push under another tag, or without --tag.`,
    });
  }
  planRetag({ source: undefined, digest: image.digest, tag, current: current?.digest, tags: [] });
}
