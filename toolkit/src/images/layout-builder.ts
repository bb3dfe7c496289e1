import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Registry } from '../oci/registry.ts';
import { MEDIA_TYPES, type Descriptor, type ImageIndex } from '../oci/types.ts';
import { bytesSource, type BlobSource } from '../oci/upload.ts';
import type { AssembledImage } from './assemble.ts';
import type { BuildOptions, BuildResult } from './builder.ts';
import { canonicalJson } from './canonical-json.ts';
import { writeImageArchive, type ArchiveImage } from './image-archive.ts';
import { sumBytes } from './push-plan.ts';
import { writeWholeFile } from './write-file.ts';

/** Where an image goes that is written to disk. */
export type DiskTarget = { readonly kind: 'oci' | 'docker-archive'; readonly path: string };

/** Annotation by which the entries of a layout are told apart, as other tools read it. */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** Checks `--output`. @throws AimError usage */
export function parseDiskTarget(text: string): DiskTarget {
  const [, kind, path] = /^(oci|docker-archive):(.+)$/.exec(text) ?? [];
  if (kind !== undefined && path !== undefined) return { kind: kind as DiskTarget['kind'], path };
  throw failure('usage', {
    message: `"${text}" is no output`,
    hint: 'It is oci:DIR for an OCI image layout, or docker-archive:FILE.tar for `docker load`.',
  });
}

/**
 * Writes images to disk, complete with the layers of their base, all of them or none.
 * @throws AimError disk, remote or interrupted
 */
export async function writeImages(
  registry: Registry,
  images: readonly AssembledImage[],
  { target, forImage }: { readonly target: DiskTarget; readonly forImage: (image: AssembledImage) => BuildOptions },
): Promise<BuildResult[]> {
  const movedBytes = new Map<AssembledImage, number>();
  if (target.kind === 'oci') await writeLayout(registry, images, { folder: target.path, forImage, movedBytes });
  else {
    const [first] = images;
    if (first === undefined) return [];
    const run = forImage(first);
    const report = { signal: run.signal, onWritten: progressOf(run, 'writing') };
    const content = writeImageArchive(images.map((image) => toArchiveImage(registry, image)));
    movedBytes.set(first, await writeWholeFile(target.path, content, report));
  }
  return images.map((image) => describe(image, movedBytes.get(image) ?? 0));
}

/** The whole image for an archive: the base's layers are read from its registry when the archive is written. */
export function toArchiveImage(registry: Registry, { plan, config, layer, base }: AssembledImage): ArchiveImage {
  const inherited = base.layers.map(({ digest, size }) => ({
    digest,
    content: { sizeBytes: size, read: () => registry.streamBlob(base.repository, { digest, size }) },
  }));
  const { digest, sizeBytes } = layer.blob;
  const own = { digest, content: { sizeBytes, read: () => layer.blob.read(0, sizeBytes) } };
  return { tags: [plan.reference], config, layers: [...inherited, own] };
}

/** @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
async function writeLayout(
  registry: Registry,
  images: readonly AssembledImage[],
  options: {
    readonly folder: string;
    readonly forImage: (image: AssembledImage) => BuildOptions;
    readonly movedBytes: Map<AssembledImage, number>;
  },
): Promise<void> {
  const { folder } = options;
  const isNew = !existsSync(folder);
  const made: string[] = [];
  try {
    const index = await readIndex(folder);
    for (const image of images) {
      const run = options.forImage(image);
      let imageBytes = 0;
      for (const blob of listBlobs(registry, image)) {
        const file = join(folder, 'blobs', ...blob.digest.split(':'));
        if ((await sizeOf(file)) === blob.sizeBytes) continue;
        made.push(file);
        const before = imageBytes;
        const report = progressOf(run, 'writing');
        const onWritten = (bytes: number) => report(before + bytes);
        imageBytes += await writeWholeFile(file, blob.read(0, blob.sizeBytes), { signal: run.signal, onWritten });
      }
      options.movedBytes.set(image, imageBytes);
    }
    const { signal } = new AbortController();
    await writeWholeFile(join(folder, 'oci-layout'), [canonicalJson({ imageLayoutVersion: '1.0.0' })], { signal });
    await writeWholeFile(join(folder, 'index.json'), [canonicalJson(addImages(index, images))], { signal });
  } catch (error) {
    if (isNew) await rm(folder, { recursive: true, force: true });
    else await Promise.all(made.map((file) => rm(file, { force: true })));
    throw error;
  }
}

function listBlobs(registry: Registry, { base, layer, config, manifest }: AssembledImage): BlobSource[] {
  const inherited = base.layers.map(({ digest, size }) => ({
    digest,
    sizeBytes: size,
    read: () => registry.streamBlob(base.repository, { digest, size }),
  }));
  return [...inherited, layer.blob, bytesSource(config.bytes), bytesSource(manifest.bytes)];
}

/** The index with the images in it; what had their names before loses them. */
function addImages(index: ImageIndex, images: readonly AssembledImage[]): ImageIndex {
  const names = new Set(images.map(({ plan }) => plan.reference));
  const kept = index.manifests.filter(({ annotations }) => !names.has(annotations?.[REF_NAME] ?? ''));
  return { ...index, manifests: [...kept, ...images.map(describeManifest)] };
}

function describeManifest({ digest, manifest, plan, base }: AssembledImage): Descriptor {
  const { os, architecture, variant } = base.config;
  return {
    mediaType: manifest.mediaType,
    digest,
    size: manifest.bytes.length,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    annotations: { [REF_NAME]: plan.reference },
  };
}

/** What the layout holds already. @throws AimError usage for a folder of something else */
async function readIndex(folder: string): Promise<ImageIndex> {
  const empty: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] };
  const file = join(folder, 'index.json');
  try {
    const parsed = parseManifest({ bytes: await readFile(file), mediaType: MEDIA_TYPES.ociIndex }, file);
    return parsed.kind === 'index' ? parsed.index : empty;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return empty;
    throw failure('usage', {
      message: `${folder} is no OCI image layout: ${messageOf(error)}`,
      hint: 'Name another folder, or an empty one.',
      cause: error,
    });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.size;
}

function progressOf(run: BuildOptions, phase: string): (doneBytes: number) => void {
  return (doneBytes) => run.onEvent({ kind: 'phase', phase, done: doneBytes, unit: 'bytes' });
}

function describe({ plan, digest, config, layer, base }: AssembledImage, movedBytes: number): BuildResult {
  return {
    reference: plan.reference,
    action: 'written',
    id: config.digest,
    digest,
    base: plan.base,
    layers: [layer.diffId],
    sizeBytes: sumBytes(base.layers) + layer.blob.sizeBytes + config.bytes.length,
    movedBytes,
    labels: plan.labels,
  };
}
