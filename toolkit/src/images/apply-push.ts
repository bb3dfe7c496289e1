import { failure } from '../exit-codes.ts';
import { isSameRepository, tagOrDigest } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Descriptor } from '../oci/types.ts';
import { bytesSource } from '../oci/upload.ts';
import { provideBaseLayers } from './base-layers.ts';
import type { BuildEvent, BuildResult } from './builder.ts';
import { checkBudget, selectMissing, sumBytes, type PushPlan } from './push-plan.ts';
import { settleAll } from './settle-all.ts';

export interface ApplyOptions {
  readonly allowBaseUpload: boolean;
  readonly onEvent: (event: BuildEvent) => void;
}

/**
 * Does what the plan says: the base's layers, then ours, then the manifest under its tag, which therefore never
 * names an image that is not complete. @throws AimError check-failed or remote
 */
export async function applyPush(registry: Registry, plan: PushPlan, options: ApplyOptions): Promise<BuildResult> {
  const { image, target, state, missingLayers } = plan;
  if (state === 'up-to-date') return { ...describe(plan, 0), ...plan.current, action: 'unchanged', layers: [] };
  if (!options.allowBaseUpload) checkBudget(plan);
  registry.intend(target, { push: true, mountFrom: missingLayers.length > 0 ? [image.base.repository] : [] });
  const blobBytes = await provideBlobs(registry, plan, options);
  options.onEvent({ kind: 'phase', phase: 'tagging' });
  const put = await registry.putManifest(target, tagOrDigest(target), image.manifest);
  if (put.outcome === 'stored') return describe(plan, blobBytes + image.manifest.bytes.length);
  const repairBytes = await repair(registry, plan, { ...options, lost: put.digests });
  return describe(plan, blobBytes + repairBytes + image.manifest.bytes.length);
}

/** The registry has lost blobs, for example layers that an earlier image of the repository still names. */
async function repair(
  registry: Registry,
  plan: PushPlan,
  options: ApplyOptions & { readonly lost: readonly string[] },
): Promise<number> {
  const { image, target } = plan;
  const missingLayers = selectLost(plan, new Set(options.lost));
  const blobBytes = await provideBlobs(registry, { ...plan, missingLayers }, options);
  const put = await registry.putManifest(target, tagOrDigest(target), image.manifest);
  if (put.outcome === 'stored') return blobBytes;
  throw failure('remote', {
    message: `${target.host} misses blobs of ${target.text} although all of them were provided: ${put.message}`,
    hint: 'Try again; if it happens again, the registry loses what it is given.',
    details: put.digests,
  });
}

/** The base's layers to be provided once more: those the registry names, all when it only says that some are missing. */
function selectLost({ image: { base }, target }: PushPlan, lost: ReadonlySet<string>): Descriptor[] {
  if (isSameRepository(base.repository, target)) return [];
  const named = base.layers.filter(({ digest }) => lost.size === 0 || lost.has(digest));
  return selectMissing(named, new Set());
}

/** Base layers first: a registry that refuses them is then given nothing at all. Returns the bytes that were sent. */
async function provideBlobs(registry: Registry, plan: PushPlan, options: ApplyOptions): Promise<number> {
  const { image, target } = plan;
  const baseBytes = await provideBaseLayers(registry, plan, {
    allowUpload: options.allowBaseUpload,
    onProgress: (phase, done, total) =>
      options.onEvent({ kind: 'phase', phase, done, total, unit: phase === 'mounting' ? 'layers' : 'bytes' }),
  });
  const blobs = [image.layer.blob, bytesSource(image.config.bytes)];
  const total = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const done = blobs.map(() => 0);
  const uploads = blobs.map((blob, index) => {
    const onProgress = (sentBytes: number) => {
      done[index] = sentBytes;
      const sum = done.reduce((a, b) => a + b);
      options.onEvent({ kind: 'phase', phase: 'uploading', done: sum, total, unit: 'bytes' });
    };
    return registry.uploadBlob(target, blob, { onProgress });
  });
  return (await settleAll(uploads)).reduce((sum, { sentBytes }) => sum + sentBytes, baseBytes);
}

function describe({ image, target }: PushPlan, movedBytes: number): BuildResult {
  const { plan, digest, config, layer, base } = image;
  return {
    reference: target.text,
    action: 'pushed',
    id: config.digest,
    digest,
    base: plan.base,
    layers: [layer.diffId],
    sizeBytes: sumBytes(base.layers) + layer.blob.sizeBytes + config.bytes.length,
    movedBytes,
    labels: plan.labels,
  };
}
