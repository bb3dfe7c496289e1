import type { Registry } from '../oci/registry.ts';
import { parseReference } from '../oci/reference.ts';
import type { Platform } from '../oci/types.ts';
import { applyPush } from './apply-push.ts';
import { assembleImage, type AssembledImage } from './assemble.ts';
import { fetchBase, type RegistryBase } from './base-image.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import { createLayer } from './layer.ts';
import type { ImagePlan } from './plan.ts';
import { planPush, type PushPlan } from './push-plan.ts';
import { settleAll } from './settle-all.ts';
import { fetchTargetState } from './target-state.ts';

export interface RegistryBuilderOptions {
  readonly platform: Platform;
  /** Move the base's bytes where the registry does not mount them, and let models be larger than usual. */
  readonly allowBaseUpload: boolean;
}

/** Makes images in a registry, out of what the registry has: no engine, no pull. */
export interface RegistryBuilder extends ImageBuilder {
  /** Compares an image with what its tag names now. Changes nothing. */
  plan(plan: ImagePlan): Promise<PushPlan>;
  /** Does exactly what the plan says. */
  apply(plan: PushPlan, options: BuildOptions): Promise<BuildResult>;
}

export function createRegistryBuilder(registry: Registry, options: RegistryBuilderOptions): RegistryBuilder {
  const assemble = createAssembler(registry, options.platform);
  const builder: RegistryBuilder = {
    plan: async (plan) => {
      const target = parseReference(plan.reference);
      const [image, state] = await settleAll([assemble(plan), fetchTargetState(registry, target)]);
      return planPush(image, target, state);
    },
    apply: (plan, run) => applyPush(registry, plan, { ...options, ...run }),
    build: async (plan, run) => {
      run.onEvent({ kind: 'phase', phase: 'comparing' });
      return builder.apply(await builder.plan(plan), run);
    },
  };
  return builder;
}

/** Assembles images; a base that several are put on is read once. */
export function createAssembler(registry: Registry, platform: Platform): (plan: ImagePlan) => Promise<AssembledImage> {
  const bases = new Map<string, Promise<RegistryBase>>();
  return async (plan) => {
    const base = bases.get(plan.base) ?? fetchBase(registry, plan.base, platform);
    bases.set(plan.base, base);
    const [found, layer] = await settleAll([base, createLayer(plan)]);
    return assembleImage(plan, found, layer);
  };
}
