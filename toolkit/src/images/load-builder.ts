import type { ContainerEngine } from '../docker/engine.ts';
import { failure } from '../exit-codes.ts';
import type { Registry } from '../oci/registry.ts';
import type { AssembledImage } from './assemble.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import { planOnBase } from './engine-base.ts';
import { describeBuilt, findLoaded, loadOnBase, sendArchive } from './engine-loader.ts';
import { toArchiveImage } from './layout-builder.ts';
import type { ImagePlan } from './plan.ts';
import { sumBytes } from './push-plan.ts';

export interface LoadBuilderOptions {
  readonly registry: Registry;
  readonly assemble: (plan: ImagePlan) => Promise<AssembledImage>;
}

/**
 * Puts images onto an engine without building there: a few kilobytes where the engine has the base, else the whole
 * image out of the base's registry, which is said.
 */
export function createLoadBuilder(engine: ContainerEngine, options: LoadBuilderOptions): ImageBuilder {
  return {
    build: async (plan, run) => {
      const base = await engine.inspectImage(plan.base);
      if (base === undefined) return loadWhole(engine, { ...options, plan, reason: `has no ${plan.base}` }, run);
      const loaded = await loadOnBase(engine, { plan: planOnBase(plan, base, run.platform), base }, run);
      if ('built' in loaded) return { ...loaded.built, action: 'loaded' };
      const reason = `did not take ${plan.reference} without its base's layers (${loaded.refusal})`;
      return loadWhole(engine, { ...options, plan, reason }, run);
    },
  };
}

async function loadWhole(
  engine: ContainerEngine,
  options: LoadBuilderOptions & { readonly plan: ImagePlan; readonly reason: string },
  run: BuildOptions,
): Promise<BuildResult> {
  const { plan, reason, registry } = options;
  const image = await options.assemble(plan);
  const { base, config, layer } = image;
  run.onEvent({
    kind: 'notice',
    text: `${engine.endpoint} ${reason}: loading the whole image, ${sumBytes(base.layers)} bytes of base layers included`,
  });
  const sent = await sendArchive(engine, [toArchiveImage(registry, image)], run);
  if ('refusal' in sent) throw sent.refusal;
  const built = (await findLoaded(engine, config, layer)) ?? (await engine.inspectImage(plan.reference));
  if (built === undefined) {
    throw failure('environment', {
      message: `the engine at ${engine.endpoint} took the archive of ${plan.reference}, but does not know the image`,
    });
  }
  const before = { ...built, layers: base.config.rootfs.diff_ids };
  return { ...describeBuilt(image.plan, { built, base: before, movedBytes: sent.sentBytes }), action: 'loaded' };
}
