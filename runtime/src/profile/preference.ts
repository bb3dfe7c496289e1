import { LAYERS, PROFILE_TYPES, type Precision, type Profile } from './types.ts';

/** Precisions as automatic selection prefers them: fewer bits first, integers before floats. */
const PRECISION_ORDER: readonly Precision[] = ['int4', 'int8', 'fp4', 'fp8', 'fp16', 'bf16', 'fp32'];

/**
 * Total order of preference, best first: layer, precision, type, more GPUs, id, path.
 * It is the same whatever order the file system lists files in.
 */
export function comparePreference(a: Profile, b: Profile): number {
  return compareRank(a, b) || compareText(a.id, b.id) || compareText(a.path, b.path);
}

/** The same without the names: 0 for profiles between which nothing but the name decides. */
export function compareRank(a: Profile, b: Profile): number {
  return (
    LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer) ||
    PRECISION_ORDER.indexOf(a.metadata.precision) - PRECISION_ORDER.indexOf(b.metadata.precision) ||
    PROFILE_TYPES.indexOf(a.metadata.type) - PROFILE_TYPES.indexOf(b.metadata.type) ||
    b.metadata.gpuCount - a.metadata.gpuCount
  );
}

/** Precedence of a layer as reports show it: 1 custom, 2 model, 3 general. */
export function layerPriority(profile: Pick<Profile, 'layer'>): number {
  return LAYERS.indexOf(profile.layer) + 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
