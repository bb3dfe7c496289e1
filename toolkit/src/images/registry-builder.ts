import { failure } from '../exit-codes.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Platform } from '../oci/types.ts';
import type { SharedTagLock } from '../versions/shared-lock.ts';
import { parseVersion } from '../versions/version.ts';
import { applyPush } from './apply-push.ts';
import { assembleImage, type AssembledImage } from './assemble.ts';
import { fetchBase, type RegistryBase } from './base-image.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import { createLayer, type Layer } from './layer.ts';
import { createNextPlanner, type TagRules } from './next-push.ts';
import type { ImagePlan } from './plan.ts';
import { planPush, type PushPlan } from './push-plan.ts';
import { settleAll } from './settle-all.ts';
import { fetchTargetState } from './target-state.ts';
import { writeNextPush } from './write-next.ts';

export interface RegistryBuilderOptions {
  readonly platform: Platform;
  /** Move the base's bytes where the registry does not mount them, and let models be larger than usual. */
  readonly allowBaseUpload: boolean;
  /** How tags follow from those that are there; undefined to push under the tags that plans name. */
  readonly tags?: (TagRules & { readonly lock: SharedTagLock }) | undefined;
  /** Keeps others from the versions that plans name; undefined where nobody else writes to the registry. */
  readonly lock?: SharedTagLock | undefined;
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
  const { tags } = options;
  const planNext = tags && createNextPlanner({ registry, assemble, rules: tags });
  const planGiven = async (plan: ImagePlan): Promise<PushPlan> => {
    const target = parseReference(plan.reference);
    const [image, state] = await settleAll([assemble(plan), fetchTargetState(registry, target)]);
    return planPush(image, target, state);
  };
  const builder: RegistryBuilder = {
    plan: (plan) => (planNext === undefined ? planGiven(plan) : planNext(plan)),
    apply: (push, run) => {
      const write = (one: PushPlan) => applyPush(registry, one, { ...options, ...run });
      const lock = tags?.lock ?? (isVersion(push.target) ? options.lock : undefined);
      if (lock === undefined || push.state === 'up-to-date') return write(push);
      return writeNextPush(push, { registry, planNext: planNext ?? refuseTaken, write, lock });
    },
    build: async (plan, run) => {
      run.onEvent({ kind: 'phase', phase: 'comparing' });
      return builder.apply(await builder.plan(plan), run);
    },
  };
  return builder;
}

/** Tags that are no versions may be written by anybody at any time. */
function isVersion({ tag }: Reference): boolean {
  return tag !== undefined && parseVersion(tag) !== undefined;
}

/** For a version that was named and which another image has by now: there is no other one to take. */
function refuseTaken({ reference }: ImagePlan): Promise<never> {
  return Promise.reject(
    failure('check-failed', {
      message: `${reference} was given to another image meanwhile`,
      hint: 'A version is never given twice. Without --tag the next free one is taken.',
    }),
  );
}

/**
 * Assembles images; a base that several are put on is read once.
 * @param known bases by reference that are about to be pushed
 */
export function createAssembler(
  registry: Registry,
  platform: Platform,
  known: ReadonlyMap<string, RegistryBase> = new Map(),
): (plan: ImagePlan) => Promise<AssembledImage> {
  const bases = new Map([...known].map(([reference, base]) => [reference, Promise.resolve(base)] as const));
  const layers = new WeakMap<ImagePlan['entries'], Promise<Layer>>();
  return async (plan) => {
    const base = bases.get(plan.base) ?? fetchBase(registry, plan.base, platform);
    bases.set(plan.base, base);
    // The same files under another tag are the same layer.
    const made = layers.get(plan.entries) ?? createLayer(plan);
    layers.set(plan.entries, made);
    const [found, layer] = await settleAll([base, made]);
    return assembleImage(plan, found, layer);
  };
}
