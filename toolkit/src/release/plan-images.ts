import { mapLimited } from '../images/map-limited.ts';
import { createNextPlanner, type TagRules } from '../images/next-push.ts';
import type { ImagePlan } from '../images/plan.ts';
import type { PushPlan } from '../images/push-plan.ts';
import { createAssembler } from '../images/registry-builder.ts';
import type { Registry } from '../oci/registry.ts';
import type { Platform } from '../oci/types.ts';
import { toRegistryBase } from './assembled-base.ts';

export interface PlanImagesRequest {
  readonly rules: TagRules;
  readonly platform: Platform;
  /** The base image, when it is part of the release. */
  readonly base: ImagePlan | undefined;
  /** Plans of the models, on the base's reference when that is known. */
  readonly models: (base: string | undefined) => readonly ImagePlan[];
  /** References that exist, whatever the registry says. */
  readonly taken: ReadonlySet<string>;
  readonly concurrency: number;
}

/** Finds the tag of every image and what its push has to do. Models are planned on a base that is yet to be pushed. */
export async function planImages(registry: Registry, request: PlanImagesRequest): Promise<PushPlan[]> {
  const { rules, platform, base, models, taken, concurrency } = request;
  const planBase = createNextPlanner({ registry, assemble: createAssembler(registry, platform), rules });
  const basePush = base && (await planBase(base, taken));
  const known = new Map(
    basePush === undefined || basePush.state === 'up-to-date'
      ? []
      : [[basePush.target.text, toRegistryBase(basePush.image, basePush.target)] as const],
  );
  const planModel = createNextPlanner({ registry, assemble: createAssembler(registry, platform, known), rules });
  const pushes = await mapLimited(models(basePush?.target.text), concurrency, (plan) => planModel(plan, taken));
  return basePush === undefined ? pushes : [basePush, ...pushes];
}
