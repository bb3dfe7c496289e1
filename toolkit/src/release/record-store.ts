import type { ReleaseRecord } from '../generated/release-record.js';
import { canonicalJson } from '../images/canonical-json.ts';
import { failure } from '../exit-codes.ts';
import { computeDigest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { formatManifest, parseReference, type Repository } from '../oci/reference.ts';
import type { NewManifest, Registry } from '../oci/registry.ts';
import { MEDIA_TYPES } from '../oci/types.ts';
import { bytesSource } from '../oci/upload.ts';
import { parseRecord, RECORD_TYPE, renderRecord } from './record.ts';
import { awaitTag, type TagPorts } from './set-tags.ts';

/** Repository beside the images that holds one record per release, tagged with its name. */
const RECORDS_REPOSITORY = 'aim-releases';
const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;
const EMPTY = Buffer.from('{}');

/** Where the records of a registry's releases are. @param registry HOST[/NAMESPACE] */
export function recordsRepository(registry: string): Repository {
  return parseReference(`${registry}/${RECORDS_REPOSITORY}`);
}

/** Names of all tags under which records are kept. One request for each thousand. */
export function listRecords(client: Registry, registry: string): Promise<readonly string[]> {
  return client.listTags(recordsRepository(registry));
}

/** Reads a record: two requests. Undefined when there is none. @throws AimError check-failed when it is damaged */
export async function findRecord(
  client: Registry,
  registry: string,
  release: string,
): Promise<ReleaseRecord | undefined> {
  const repository = recordsRepository(registry);
  const stored = await client.findManifest(repository, release);
  if (stored === undefined) return undefined;
  const where = formatManifest(repository, release);
  const parsed = parseManifest(stored, where);
  const blob = parsed.kind === 'manifest' ? parsed.manifest.layers.find(isRecord) : undefined;
  if (blob === undefined) {
    throw failure('check-failed', {
      message: `${where} holds no release record`,
      hint: `Nothing but aimctl should write to ${RECORDS_REPOSITORY}.`,
    });
  }
  return parseRecord((await client.getBlob(repository, blob.digest, LARGEST_RECORD_BYTES)).toString('utf8'), where);
}

/**
 * Stores a record under its release's name, and reads the name back. A record is never replaced: one that is there
 * already has to be equal.
 * @returns its reference
 * @throws AimError check-failed when another record has the name, remote when the registry does not show it
 */
export async function saveRecord(ports: TagPorts, record: ReleaseRecord & { release: string }): Promise<string> {
  const { registry: client } = ports;
  const repository = recordsRepository(record.registry);
  const { manifest, blobs } = packRecord(record);
  const digest = computeDigest(manifest.bytes);
  const where = formatManifest(repository, record.release);
  const known = await client.headManifest(repository, record.release);
  if (known?.digest === digest) return where;
  if (known !== undefined) throw nameTaken(where);
  for (const blob of blobs) await client.uploadBlob(repository, bytesSource(blob));
  const put = await client.putManifest(repository, record.release, manifest);
  if (put.outcome !== 'stored')
    throw failure('remote', { message: `cannot push ${where}: ${put.message}`, hint: 'Run the same command again.' });
  await awaitTag(ports, { repository, tag: record.release, digest });
  return where;
}

function packRecord(record: ReleaseRecord): { manifest: NewManifest; blobs: readonly Buffer[] } {
  const content = Buffer.from(renderRecord(record));
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: RECORD_TYPE,
    config: { mediaType: MEDIA_TYPES.ociEmpty, digest: computeDigest(EMPTY), size: EMPTY.length },
    layers: [{ mediaType: RECORD_TYPE, digest: computeDigest(content), size: content.length }],
  });
  return { manifest: { bytes, mediaType: MEDIA_TYPES.ociManifest }, blobs: [EMPTY, content] };
}

function isRecord({ mediaType }: { readonly mediaType: string }): boolean {
  return mediaType === RECORD_TYPE;
}

function nameTaken(where: string): Error {
  return failure('check-failed', {
    message: `${where} is the record of another release`,
    hint: 'Somebody released at the same moment; run the command again, which then takes the next name.',
  });
}
