import { failure } from '../exit-codes.ts';
import { readInputs, type ImageInputs } from '../images/inputs.ts';
import { SOURCE_LABEL } from '../images/labels.ts';
import { readRecord, type ImageRecord } from '../images/verify.ts';
import { parseImageConfig, parseManifest } from '../oci/manifest.ts';
import { formatRepository, type Reference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Descriptor } from '../oci/types.ts';

/** One of our images in a registry, as far as statements about it are checked. */
export interface ImageSubject {
  readonly repository: Repository;
  /** The image's manifest, to be referred to. */
  readonly subject: Descriptor;
  readonly record: ImageRecord;
}

/** All that statements about an image are made of. */
export interface ImageFacts extends ImageSubject {
  readonly inputs: ImageInputs;
  /** Digest of the layer that was put on the base. */
  readonly layer: string;
  /** Where the sources are kept, as the image's label says; undefined without one. */
  readonly source: string | undefined;
}

/** Reads what an image is. @throws AimError usage for an image of somebody else, remote */
export async function fetchImageSubject(registry: Registry, reference: Reference): Promise<ImageSubject> {
  return (await fetchImage(registry, reference)).image;
}

/** Reads what an image is made of. @throws AimError usage for an image of somebody else, remote */
export async function fetchImageFacts(registry: Registry, reference: Reference): Promise<ImageFacts> {
  const { image, labels, manifest } = await fetchImage(registry, reference);
  const inputs = readInputs(manifest);
  const layer = manifest.layers.at(-1);
  if (inputs === undefined || layer === undefined) {
    throw failure('usage', {
      message: `${reference.text} does not say what it was made of`,
      hint: 'Name an aim-base or model image that was made with --push.',
    });
  }
  return { ...image, inputs, layer: layer.digest, source: labels[SOURCE_LABEL] || undefined };
}

async function fetchImage(registry: Registry, reference: Reference) {
  const stored = await registry.getManifest(reference);
  const parsed = parseManifest(stored, reference.text);
  if (parsed.kind === 'index') {
    throw failure('usage', {
      message: `${reference.text} is an index of several platforms, which aimctl does not make`,
      hint: 'Name an aim-base or model image.',
    });
  }
  const bytes = await registry.getBlob(reference, parsed.manifest.config.digest);
  const labels = parseImageConfig(bytes, `the configuration of ${reference.text}`).config?.Labels ?? {};
  const image: ImageSubject = {
    repository: { host: reference.host, name: reference.name },
    subject: { mediaType: stored.mediaType, digest: stored.digest, size: stored.bytes.length },
    record: readRecord(reference.text, labels),
  };
  return { image, labels, manifest: parsed.manifest };
}

/** The image by digest, for messages and statements: `ghcr.io/org/aim-base@sha256:…`. */
export function nameOf({ repository, subject }: Pick<ImageSubject, 'repository' | 'subject'>): string {
  return `${formatRepository(repository)}@${subject.digest}`;
}

/** The commit an image's sources belong to, also when some of them had not been committed; empty when unknown. */
export function commitOf({ revision }: Pick<ImageRecord, 'revision'>): string {
  return revision.replace(/-dirty$/, '');
}
