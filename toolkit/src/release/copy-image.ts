import { failure } from '../exit-codes.ts';
import { remoteSource } from '../images/base-layers.ts';
import { mapLimited } from '../images/map-limited.ts';
import { parseManifest, type StoredManifest } from '../oci/manifest.ts';
import { formatManifest, isSameRepository, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Descriptor, ImageManifest } from '../oci/types.ts';

/** From where to where. */
export interface Copy {
  readonly source: Repository;
  readonly target: Repository;
}

/** Copies images byte for byte, with everything that refers to them. */
export interface ImageCopier {
  /** The image is in the target under its digest when this resolves. @throws AimError remote or environment */
  copy(copy: Copy, digest: string): Promise<void>;
  /** Signatures, SBOMs and other referrers, of the image and of each other. Returns how many were copied. */
  copyReferrers(copy: Copy, digest: string): Promise<number>;
}

/** Requests of one image at a time. */
const BLOBS_AT_A_TIME = 4;

/**
 * A copier that moves each blob once: where several images share layers, as all models share the base's, the others
 * mount them from the repository the first one brought them to.
 */
export function createImageCopier(registry: Registry): ImageCopier {
  const provideBlob = createBlobProvider(registry);
  const copyContent = async (copy: Copy, stored: StoredManifest): Promise<ImageManifest | undefined> => {
    const parsed = parseManifest(stored, formatManifest(copy.source, stored.digest));
    if (parsed.kind === 'index') {
      for (const { digest } of parsed.index.manifests) await copier.copy(copy, digest);
      return undefined;
    }
    const { config, layers } = parsed.manifest;
    const blobs = new Map([config, ...layers].map((blob) => [blob.digest, blob]));
    await mapLimited([...blobs.values()], BLOBS_AT_A_TIME, (blob) => provideBlob(copy, blob));
    return parsed.manifest;
  };
  const copier: ImageCopier = {
    copy: async (copy, digest) => {
      if ((await registry.headManifest(copy.target, digest)) !== undefined) return;
      const stored = await fetchStored(registry, copy.source, digest);
      await copyContent(copy, stored);
      const put = await registry.putManifest(copy.target, digest, stored);
      if (put.outcome !== 'stored') throw lost(copy.target, digest, put.message);
    },
    copyReferrers: async (copy, digest) => {
      const known = new Set((await registry.listReferrers(copy.target, digest)).map((one) => one.digest));
      let copied = 0;
      for (const referrer of await registry.listReferrers(copy.source, digest)) {
        if (!known.has(referrer.digest)) {
          const stored = await fetchStored(registry, copy.source, referrer.digest);
          const manifest = await copyContent(copy, stored);
          if (manifest === undefined) continue;
          await registry.putReferrer(copy.target, manifest, stored.bytes);
          copied += 1;
        }
        copied += await copier.copyReferrers(copy, referrer.digest);
      }
      return copied;
    },
  };
  return copier;
}

function createBlobProvider(registry: Registry): (copy: Copy, blob: Descriptor) => Promise<void> {
  /** Repositories of the target's registry that hold a blob, or will when the promise resolves. */
  const homes = new Map<string, Promise<Repository>>();
  return async ({ source, target }, blob) => {
    const name = `${target.host} ${blob.digest}`;
    const home = homes.get(name);
    if (home === undefined) {
      const bringing = copyBlob(registry, { source, target, from: source }, blob).then(() => target);
      homes.set(name, bringing);
      await bringing;
      return;
    }
    const from = await home;
    if (!isSameRepository(from, target)) await copyBlob(registry, { source, target, from }, blob);
  };
}

/** Mounts the blob where its registry is the same, else sends it. */
async function copyBlob(
  registry: Registry,
  { source, target, from }: Copy & { readonly from: Repository },
  blob: Descriptor,
): Promise<void> {
  if (from.host === target.host) {
    if (isSameRepository(from, target)) return;
    const mount = await registry.mountBlob(target, from, blob.digest);
    if (mount.outcome === 'mounted') return;
    await registry.cancelUpload(mount.session);
  }
  if ((await registry.headBlob(target, blob.digest)) !== undefined) return;
  await registry.uploadBlob(target, remoteSource(registry, source, blob));
}

function fetchStored(registry: Registry, source: Repository, digest: string): Promise<StoredManifest> {
  return registry.getManifest({ ...source, tag: undefined, digest, text: formatManifest(source, digest) });
}

function lost(target: Repository, digest: string, message: string): Error {
  return failure('remote', {
    message: `cannot push ${formatManifest(target, digest)}: ${message}`,
    hint: 'The registry has lost layers that were just copied; run the command again.',
  });
}
