import { failure } from '../exit-codes.ts';
import { parseImageConfig, parseManifest } from '../oci/manifest.ts';
import { formatManifest, formatRepository, parseReference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { MEDIA_TYPES, type Descriptor, type ImageConfig, type ImageIndex, type Platform } from '../oci/types.ts';
import { readInputs, type ImageInputs } from './inputs.ts';

/** What an image is put on: all that assembling needs to know, wherever the base is. */
export interface ImageBase {
  /** Digest of its manifest; undefined when it was never in a registry. */
  readonly digest: string | undefined;
  readonly config: ImageConfig;
}

/** A base image in a registry. */
export interface RegistryBase extends ImageBase {
  readonly digest: string;
  readonly repository: Repository;
  readonly layers: readonly Descriptor[];
  /** What it was made of, when it is one of ours. */
  readonly inputs: ImageInputs | undefined;
}

const LARGEST_CONFIG_BYTES = 8 * 1024 * 1024;
/** Media types of the Docker format and what the same bytes are called in the OCI format. */
const OCI_NAMES: Readonly<Record<string, string>> = {
  'application/vnd.docker.image.rootfs.diff.tar': MEDIA_TYPES.ociLayer,
  [MEDIA_TYPES.dockerLayerGzip]: MEDIA_TYPES.ociLayerGzip,
  'application/vnd.docker.image.rootfs.diff.tar.zstd': MEDIA_TYPES.ociLayerZstd,
};

/** Checks `--platform`. @throws AimError usage */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (os && architecture && variant !== '' && rest.length === 0)
    return { os, architecture, ...(variant === undefined ? {} : { variant }) };
  throw failure('usage', {
    message: `"${text}" is no platform of the form OS/ARCHITECTURE[/VARIANT]`,
    hint: 'For example linux/amd64.',
  });
}

/**
 * Reads a base image's manifest and configuration: two requests, three when there are several platforms.
 * @throws AimError remote, environment or usage
 */
export async function fetchBase(registry: Registry, reference: string, platform: Platform): Promise<RegistryBase> {
  const repository = parseReference(reference);
  let stored = await registry.getManifest(repository);
  let parsed = parseManifest(stored, `base image ${reference}`);
  if (parsed.kind === 'index') {
    const chosen = choosePlatform(parsed.index, reference, platform);
    stored = await registry.getManifest({ ...repository, tag: undefined, digest: chosen.digest });
    parsed = parseManifest(stored, formatManifest(repository, chosen.digest));
    if (parsed.kind === 'index')
      throw failure('remote', { message: `${reference} is an index of indexes, which is not supported` });
  }
  const { manifest } = parsed;
  const bytes = await registry.getBlob(repository, manifest.config.digest, LARGEST_CONFIG_BYTES);
  const config = parseImageConfig(bytes, `the configuration of base image ${reference}`);
  checkBase({ reference, config, layerCount: manifest.layers.length }, platform);
  return {
    digest: stored.digest,
    repository,
    layers: manifest.layers.map(toOciLayer),
    config,
    inputs: readInputs(manifest),
  };
}

function choosePlatform({ manifests }: ImageIndex, reference: string, wanted: Platform): Descriptor {
  const found = manifests.find(({ platform }) => platform !== undefined && satisfies(platform, wanted));
  if (found !== undefined) return found;
  const known = manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(platform)],
  );
  throw failure('usage', {
    message: `base image ${reference} has no ${formatPlatform(wanted)}`,
    hint: `It has ${known.join(', ') || 'no platform at all'}; choose one with --platform.`,
  });
}

function satisfies(offered: Platform, wanted: Platform): boolean {
  const isSame = offered.os === wanted.os && offered.architecture === wanted.architecture;
  return isSame && (wanted.variant === undefined || offered.variant === wanted.variant);
}

/** As `--platform` takes it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** @throws AimError usage for a base of another platform, wherever the base is */
export function checkPlatform(reference: string, config: ImageConfig, wanted: Platform): void {
  if (satisfies(config, wanted)) return;
  throw failure('usage', {
    message: `base image ${reference} is for ${formatPlatform(config)}, not for ${formatPlatform(wanted)}`,
    hint: `Choose it with --platform ${formatPlatform(config)}, or another --base.`,
  });
}

function checkBase(
  { reference, config, layerCount }: { reference: string; config: ImageConfig; layerCount: number },
  platform: Platform,
): void {
  checkPlatform(reference, config, platform);
  if (config.rootfs.diff_ids.length === layerCount) return;
  throw failure('remote', {
    message: `base image ${reference} contradicts itself: ${layerCount} layers, but ${config.rootfs.diff_ids.length} layer digests in its configuration`,
    hint: `Build or push it again; ${formatRepository(parseReference(reference))} holds a broken image.`,
  });
}

function toOciLayer(layer: Descriptor): Descriptor {
  return { ...layer, mediaType: OCI_NAMES[layer.mediaType] ?? layer.mediaType };
}
