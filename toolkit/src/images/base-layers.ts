import type { Registry } from '../oci/registry.ts';
import type { Repository } from '../oci/reference.ts';
import type { Descriptor } from '../oci/types.ts';
import type { BlobSource } from '../oci/upload.ts';
import { mountRefusal, moveRefusal, sumBytes, type PushPlan } from './push-plan.ts';
import { settleAll } from './settle-all.ts';

export interface ProvideOptions {
  /** Upload what the registry does not mount. */
  readonly allowUpload: boolean;
  /** Layers when mounting, bytes when uploading. */
  readonly onProgress: (phase: 'mounting' | 'uploading base', done: number, total: number) => void;
}

const WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * Makes the base's layers known in the target's repository. Tries one first, so that a registry that does not
 * mount is asked once. Returns the bytes that were uploaded.
 * @throws AimError remote when the registry refuses and uploading is not allowed
 */
export async function provideBaseLayers(registry: Registry, plan: PushPlan, options: ProvideOptions): Promise<number> {
  const { missingLayers, image, target } = plan;
  const [first, ...others] = missingLayers;
  if (first === undefined) return 0;
  const { repository } = image.base;
  if (repository.host !== target.host) return uploadLayers(registry, plan, { ...options, layers: missingLayers });
  let mounted = 0;
  const refused: Descriptor[] = [];
  const mount = async (layer: Descriptor) => {
    const result = await registry.mountBlob(target, repository, layer.digest);
    if (result.outcome === 'mounted') {
      options.onProgress('mounting', ++mounted, missingLayers.length);
      return;
    }
    await registry.cancelUpload(result.session);
    if (!options.allowUpload) throw mountRefusal(plan);
    refused.push(layer);
  };
  await mount(first);
  await settleAll(others.map(mount));
  return uploadLayers(registry, plan, { ...options, layers: refused });
}

async function uploadLayers(
  registry: Registry,
  plan: PushPlan,
  { layers, allowUpload, onProgress }: ProvideOptions & { readonly layers: readonly Descriptor[] },
): Promise<number> {
  const { image, target } = plan;
  const totalBytes = sumBytes(layers);
  let doneBytes = 0;
  let uploadedBytes = 0;
  // One at a time: a line that is full gets no faster.
  for (const layer of layers) {
    const before = doneBytes;
    if ((await registry.headBlob(target, layer.digest)) === undefined) {
      if (!allowUpload) throw moveRefusal(plan);
      const source = remoteSource(registry, image.base.repository, layer);
      const onSent = (sentBytes: number) => onProgress('uploading base', before + sentBytes, totalBytes);
      uploadedBytes += (await registry.uploadBlob(target, source, { onProgress: onSent })).sentBytes;
    }
    doneBytes += layer.size;
  }
  return uploadedBytes;
}

/** A blob of another repository, read as it is sent. */
export function remoteSource(registry: Registry, repository: Repository, { digest, size }: Descriptor): BlobSource {
  return {
    digest,
    sizeBytes: size,
    read: (startByte, endByte) =>
      startByte === 0 && endByte === size
        ? registry.streamBlob(repository, { digest, size })
        : readWindows(registry, repository, { digest, startByte, endByte }),
  };
}

async function* readWindows(
  registry: Registry,
  repository: Repository,
  { digest, startByte, endByte }: { readonly digest: string; readonly startByte: number; readonly endByte: number },
): AsyncGenerator<Buffer> {
  for (let at = startByte; at < endByte; at += WINDOW_BYTES)
    yield registry.getBlobRange(repository, digest, { startByte: at, endByte: Math.min(endByte, at + WINDOW_BYTES) });
}
