import { CREATED_LABEL } from '../images/labels.ts';
import { settleAll } from '../images/settle-all.ts';
import { computeDigest } from '../oci/digest.ts';
import { parseManifest, type StoredManifest } from '../oci/manifest.ts';
import { formatManifest } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { MEDIA_TYPES, type Descriptor, type ImageManifest } from '../oci/types.ts';
import { bytesSource } from '../oci/upload.ts';
import type { ImageSubject } from './image-facts.ts';
import { PROVENANCE_PREDICATE } from './provenance.ts';

/** An image, and what refers to it as far as it has been listed. */
export interface AttestTarget {
  readonly registry: Registry;
  readonly facts: ImageSubject;
  readonly known: readonly Descriptor[];
}

/** Something to attach. */
export interface Artifact {
  readonly type: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Something attached to an image. */
export interface Attached {
  /** Digest of the referrer's manifest. */
  readonly digest: string;
  readonly action: 'attached' | 'present';
}

/** The configuration of manifests that have none. @see https://github.com/opencontainers/image-spec/blob/main/manifest.md */
const EMPTY = bytesSource(Buffer.from('{}'));
/** Attached files are small; what is larger is none of ours. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** How a bundle says what is in it, as other tools write and read it. */
export function bundleAnnotations({ record }: ImageSubject): Record<string, string> {
  return {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': PROVENANCE_PREDICATE,
    [CREATED_LABEL]: new Date(record.createdAt * 1_000).toISOString(),
  };
}

/** The very same artifact, when it is attached already. */
export function findArtifact({ facts, known }: AttestTarget, artifact: Artifact): Attached | undefined {
  const digest = computeDigest(Buffer.from(JSON.stringify(describeArtifact(artifact, facts.subject))));
  return known.some((descriptor) => descriptor.digest === digest) ? { digest, action: 'present' } : undefined;
}

/** Stores an artifact that refers to the image, unless the very same one is there. @throws AimError remote */
export async function attachArtifact(target: AttestTarget, artifact: Artifact): Promise<Attached> {
  const { registry, facts } = target;
  const found = findArtifact(target, artifact);
  if (found !== undefined) return found;
  const manifest = describeArtifact(artifact, facts.subject);
  registry.intend(facts.repository, { push: true, mountFrom: [] });
  const blobs = [EMPTY, bytesSource(artifact.bytes)];
  await settleAll(blobs.map((blob) => registry.uploadBlob(facts.repository, blob)));
  return { digest: (await registry.putReferrer(facts.repository, manifest)).digest, action: 'attached' };
}

/** A referrer with its bytes. */
export interface FetchedArtifact {
  /** Digest of the referrer's manifest. */
  readonly digest: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * What of this type is attached. Who else may push can attach what he likes: what is no single small file is none of
 * ours, and left out. @throws AimError remote when one of them is not there
 */
export async function fetchAttached(target: AttestTarget, type: string): Promise<FetchedArtifact[]> {
  const found: FetchedArtifact[] = [];
  for (const descriptor of target.known.filter(({ artifactType }) => artifactType === type)) {
    const { digest, annotations = {} } = descriptor;
    const bytes = await fetchFile(target, descriptor);
    if (bytes !== undefined) found.push({ digest, annotations, bytes });
  }
  return found;
}

async function fetchFile({ registry, facts }: AttestTarget, { digest }: Descriptor): Promise<Buffer | undefined> {
  const { repository } = facts;
  const where = formatManifest(repository, digest);
  const stored = await registry.getManifest({ ...repository, tag: undefined, digest, text: where });
  const [layer, ...others] = readLayers(stored, where);
  if (layer === undefined || others.length > 0 || layer.size > LARGEST_BYTES) return undefined;
  return registry.getBlob(repository, layer.digest, LARGEST_BYTES);
}

function readLayers(stored: StoredManifest, where: string): readonly Descriptor[] {
  try {
    const parsed = parseManifest(stored, where);
    return parsed.kind === 'index' ? [] : parsed.manifest.layers;
  } catch {
    // Artifacts had a form of their own once.
    return [];
  }
}

function describeArtifact({ type, bytes, annotations }: Artifact, subject: Descriptor): ImageManifest {
  return {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: type,
    config: { mediaType: MEDIA_TYPES.ociEmpty, digest: EMPTY.digest, size: EMPTY.sizeBytes },
    layers: [{ mediaType: type, digest: computeDigest(bytes), size: bytes.length }],
    subject,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
