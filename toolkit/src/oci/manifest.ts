import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { isDigest } from './digest.ts';
import { MEDIA_TYPES, type ImageConfig, type ImageIndex, type ImageManifest } from './types.ts';

/** A manifest as a registry holds it. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Exactly what the digest is made of. */
  readonly bytes: Buffer;
}

/** The two kinds of what is stored under a manifest's digest. */
export type ParsedManifest =
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerList];
const SINGLE_TYPES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];

/**
 * Reads a manifest or an index; fields this program does not know are kept.
 * @param where the manifest's reference, for messages
 * @throws AimError remote when it is neither
 */
export function parseManifest({ bytes, mediaType }: Omit<StoredManifest, 'digest'>, where: string): ParsedManifest {
  const value = parseObject(bytes, where);
  // Some registries answer with a general content type; then the document says what it is.
  const type = [mediaType, value['mediaType']].find((one) => INDEX_TYPES.includes(one as string)) ?? mediaType;
  if (INDEX_TYPES.includes(type as string)) {
    check(isDescriptors(value['manifests']), where, 'an index with descriptors in "manifests"');
    return { kind: 'index', index: value as unknown as ImageIndex };
  }
  check(value['schemaVersion'] === 2, where, `a manifest of schema version 2, but ${describeType(value, mediaType)}`);
  const isComplete = isDescriptor(value['config']) && isDescriptors(value['layers']);
  check(isComplete, where, 'an image manifest with descriptors in "config" and "layers"');
  return { kind: 'manifest', manifest: value as unknown as ImageManifest };
}

/** The media type to send a manifest under. */
export function mediaTypeOf(manifest: ImageManifest | ImageIndex): string {
  const fallback = 'manifests' in manifest ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
  return manifest.mediaType ?? fallback;
}

/** Reads an image's configuration. @param where the image's reference, for messages @throws AimError remote */
export function parseImageConfig(bytes: Buffer, where: string): ImageConfig {
  const value = parseObject(bytes, where);
  const isPlatform = typeof value['os'] === 'string' && typeof value['architecture'] === 'string';
  check(isPlatform, where, 'an image configuration with "os" and "architecture"');
  const rootfs = value['rootfs'];
  const diffIds = isObject(rootfs) ? rootfs['diff_ids'] : undefined;
  const isRootfs = Array.isArray(diffIds) && diffIds.every((id) => typeof id === 'string' && isDigest(id));
  check(isRootfs, where, 'an image configuration with digests in "rootfs.diff_ids"');
  return value as unknown as ImageConfig;
}

function parseObject(bytes: Buffer, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw failure('remote', { message: `${where} is not valid JSON: ${messageOf(error)}`, cause: error });
  }
  check(isObject(value), where, 'a JSON object');
  return value;
}

function check(holds: boolean, where: string, expected: string): asserts holds {
  if (!holds) throw failure('remote', { message: `${where} is not ${expected}` });
}

function describeType(value: Record<string, unknown>, mediaType: string): string {
  const isKnown = SINGLE_TYPES.includes(mediaType);
  return `version ${JSON.stringify(value['schemaVersion'] ?? null)}${isKnown ? '' : ` of type ${mediaType}`}`;
}

function isDescriptors(value: unknown): boolean {
  return Array.isArray(value) && value.every(isDescriptor);
}

function isDescriptor(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { mediaType, digest, size } = value;
  return typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
