import { formatManifest, tagOrDigest, type Reference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { writeNextTag, type TagIntent } from '../versions/lock.ts';
import type { SharedTagLock } from '../versions/shared-lock.ts';
import type { BuildResult } from './builder.ts';
import type { NextPlanner } from './next-push.ts';
import type { PushPlan } from './push-plan.ts';

export interface WriteNextOptions {
  readonly registry: Registry;
  readonly lock: SharedTagLock;
  readonly planNext: NextPlanner;
  /** Does what a plan says. */
  readonly write: (push: PushPlan) => Promise<BuildResult>;
}

type PushIntent = TagIntent & { readonly push: PushPlan };

/** Pushes under the planned tag, or under the next one when another run took it meanwhile. @throws AimError remote */
export async function writeNextPush(push: PushPlan, options: WriteNextOptions): Promise<BuildResult> {
  const { registry, planNext, write } = options;
  return options.lock.run(scopeOf(push.target), async (held, onWritten) => {
    let result: BuildResult | undefined;
    const writer = {
      plan: async (taken: ReadonlySet<string>) => toIntent(await planNext(push.image.plan, taken)),
      find: async ({ push: { target } }: PushIntent) =>
        (await registry.headManifest(target, tagOrDigest(target)))?.digest,
      write: async (intent: PushIntent) => {
        result = await write(intent.push);
        onWritten(intent.reference, intent.digest);
      },
    };
    const { intent } = await writeNextTag(writer, held, toIntent(push));
    return result ?? write(unchanged(intent));
  });
}

/** What a lock is taken for: all images of a namespace, as they are pushed together. */
export function scopeOf({ host, name }: Reference): string {
  const slash = name.lastIndexOf('/');
  return slash === -1 ? host : `${host}/${name.slice(0, slash)}`;
}

function toIntent(push: PushPlan): PushIntent {
  const { target, image } = push;
  const reference = formatManifest(target, tagOrDigest(target));
  return { reference, digest: image.digest, isDone: push.state === 'up-to-date', push };
}

/** Somebody has pushed the same bytes meanwhile. */
function unchanged({ push }: PushIntent): PushPlan {
  if (push.state === 'up-to-date') return push;
  return { ...push, state: 'up-to-date', current: { digest: push.image.digest, id: push.image.config.digest } };
}
