import { failure } from '../exit-codes.ts';
import { computeDigest } from './digest.ts';
import type { Answer } from './exchange.ts';
import { parseManifest, mediaTypeOf } from './manifest.ts';
import { findManifest, putManifest } from './manifests.ts';
import { formatManifest } from './reference.ts';
import type { PutManifestResult } from './registry.ts';
import { pages } from './tags.ts';
import type { Target } from './target.ts';
import { MEDIA_TYPES, type Descriptor, type ImageIndex, type ImageManifest } from './types.ts';

/** Rounds in which two writers of one fallback tag may get in each other's way. */
const MAX_ROUNDS = 5;
/** A digest nothing has, to ask whether the API is there. */
const PROBE_DIGEST = `sha256:${'0'.repeat(64)}`;

/**
 * Manifests that refer to a digest, by the API or, where there is none, by the fallback tag.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
export async function listReferrers(target: Target, digest: string, artifactType?: string): Promise<Descriptor[]> {
  const found = (await askReferrers(target, digest, artifactType)) ?? (await readFallback(target, digest));
  // A registry may ignore the filter.
  return found.filter((descriptor) => artifactType === undefined || descriptor.artifactType === artifactType);
}

export async function supportsReferrers(target: Target): Promise<boolean> {
  return (await askReferrers(target, PROBE_DIGEST)) !== undefined;
}

export async function putReferrer(
  target: Target,
  manifest: ImageManifest,
  bytes: Buffer = Buffer.from(JSON.stringify(manifest)),
): Promise<Descriptor> {
  const { subject } = manifest;
  if (subject === undefined) throw failure('internal', { message: 'a referrer without a subject was to be stored' });
  const mediaType = mediaTypeOf(manifest);
  const digest = computeDigest(bytes);
  const stored = expectStored(target, digest, await putManifest(target, digest, { bytes, mediaType }));
  const descriptor: Descriptor = {
    mediaType,
    digest,
    size: bytes.length,
    artifactType: manifest.artifactType ?? manifest.config.mediaType,
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
  if (!stored.handlesSubject) await addToFallback(target, subject.digest, descriptor);
  return descriptor;
}

/** Undefined when the registry has no such API. */
async function askReferrers(
  target: Target,
  digest: string,
  artifactType?: string,
): Promise<readonly Descriptor[] | undefined> {
  const { name } = target.repository;
  const what = `list what refers to ${formatManifest(target.repository, digest)}`;
  const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found: Descriptor[] = [];
  for await (const page of pages(target, { target: `${name}/referrers/${digest}${filter}`, what })) {
    if (!isIndex(page)) return undefined;
    found.push(...parseIndex(page.body, what).manifests);
  }
  return found;
}

function isIndex(answer: Answer): boolean {
  return answer.status === 200 && (answer.header('content-type') ?? '').startsWith(MEDIA_TYPES.ociIndex);
}

async function readFallback(target: Target, digest: string): Promise<readonly Descriptor[]> {
  const tag = fallbackTag(digest);
  const stored = await findManifest(target, tag);
  return stored === undefined ? [] : parseIndex(stored.bytes, formatManifest(target.repository, tag)).manifests;
}

/** Registries cannot compare before they write: what was written is read again, and written again if it is gone. */
async function addToFallback(target: Target, subject: string, descriptor: Descriptor): Promise<void> {
  const tag = fallbackTag(subject);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const known = await readFallback(target, subject);
    if (known.some(({ digest }) => digest === descriptor.digest)) return;
    const manifests = [...known, descriptor];
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
    const bytes = Buffer.from(JSON.stringify(index));
    expectStored(target, tag, await putManifest(target, tag, { bytes, mediaType: MEDIA_TYPES.ociIndex }));
  }
  const known = await readFallback(target, subject);
  if (known.some(({ digest }) => digest === descriptor.digest)) return;
  throw failure('remote', {
    message: `${formatManifest(target.repository, tag)} was overwritten by others ${MAX_ROUNDS} times`,
    hint: 'Run it again when nothing else writes to this image.',
  });
}

function fallbackTag(digest: string): string {
  return digest.replace(':', '-');
}

function parseIndex(bytes: Buffer, where: string): ImageIndex {
  const parsed = parseManifest({ bytes, mediaType: MEDIA_TYPES.ociIndex }, where);
  if (parsed.kind === 'index') return parsed.index;
  throw failure('remote', { message: `${where} is an image, not a list of referrers` });
}

function expectStored(
  { repository }: Target,
  name: string,
  result: PutManifestResult,
): Extract<PutManifestResult, { outcome: 'stored' }> {
  if (result.outcome === 'stored') return result;
  throw failure('remote', { message: `cannot push ${formatManifest(repository, name)}: ${result.message}` });
}
