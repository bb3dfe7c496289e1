import type { AssembledImage } from '../images/assemble.ts';
import type { RegistryBase } from '../images/base-image.ts';
import { parseImageConfig, parseManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';

/** A base image that is about to be pushed, as images that are put on it see it. */
export function toRegistryBase({ manifest, config, digest, inputs }: AssembledImage, target: Reference): RegistryBase {
  const parsed = parseManifest(manifest, target.text);
  return {
    digest,
    repository: { host: target.host, name: target.name },
    layers: parsed.kind === 'manifest' ? parsed.manifest.layers : [],
    config: parseImageConfig(config.bytes, `the configuration of ${target.text}`),
    inputs,
  };
}
