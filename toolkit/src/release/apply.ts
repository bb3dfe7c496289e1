import { parseReference } from '../oci/reference.ts';
import type { PlannedRelease, ReleasePlan } from './plan.ts';
import { publish, type Publication, type PublishOptions } from './publish.ts';
import { saveRecord } from './record-store.ts';

/** An image on its way into a release. */
export interface ReleaseItem extends Publication {
  readonly image: PlannedRelease;
}

export type ApplyOptions = Omit<PublishOptions<ReleaseItem>, 'record'>;

/** Does what the plan says, see {@link publish}. Nothing is done for a plan that is not pending. */
export async function applyRelease(plan: ReleasePlan, options: ApplyOptions): Promise<void> {
  if (!plan.isPending) return;
  const { record } = plan;
  const { release } = record;
  await publish(toItems(plan), {
    ...options,
    record: async () => {
      // That of a release that is being finished is there, with what the tags named before it began.
      if (release !== null && !plan.isResumed) await saveRecord(options, { ...record, release });
    },
  });
}

function toItems({ images, record }: ReleasePlan): ReleaseItem[] {
  return images.map((image) => {
    const { host, name } = parseReference(`${record.registry}/${image.repository}`);
    const { kind, digest, tag, moves, isNew } = image;
    return {
      repository: { host, name },
      digest,
      tag,
      floating: moves,
      isTagged: !isNew,
      isBase: kind === 'base',
      image,
    };
  });
}
