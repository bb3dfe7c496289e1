import type { Layer } from './types.ts';

const EXTENSION = /\.ya?ml$/;

/** File name without its `.yaml` or `.yml`. */
export function profileName(fileName: string): string {
  return fileName.replace(EXTENSION, '');
}

/**
 * The id a profile is listed and asked for by: `general/<name>`, the bare name in the model layer, and
 * `custom/<aim_id>/<name>` in the custom layer, where a profile for any model is `custom/general/<name>`.
 */
export function profileId(layer: Layer, fileName: string, aimId: string | undefined): string {
  const name = profileName(fileName);
  switch (layer) {
    case 'model':
      return name;
    case 'general':
      return `general/${name}`;
    case 'custom':
      return `custom/${aimId ?? 'general'}/${name}`;
  }
}
