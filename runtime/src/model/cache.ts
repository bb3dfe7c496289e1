import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelSource } from './source.ts';

/** A model whose files are all there. */
export interface CachedModel {
  /** Folder to hand to the engine. */
  readonly path: string;
  /** Sum of the folder's own files. */
  readonly sizeBytes: number;
}

const WEIGHTS = /\.(?:safetensors|bin|pt|pth|gguf)$/;
const INDEXES = ['model.safetensors.index.json', 'pytorch_model.bin.index.json'];

/**
 * Looks for a model in `{cachePath}/{org}/{model}`. Only a whole one counts: it has a configuration, every shard that
 * its weight index names (or at least one weight file), none of them empty, and no download under way.
 * Returns undefined otherwise; the engine then finds or downloads the model itself.
 */
export function findCachedModel(cachePath: string, modelId: string): CachedModel | undefined {
  const source = parseModelSource(modelId);
  if (source.kind === 'local' || source.name.split('/').includes('..')) return undefined;
  const path = join(cachePath, source.name);
  const sizes = fileSizes(path);
  if (!sizes || !(sizes.has('config.json') || sizes.has('params.json'))) return undefined;
  const shards = shardsOf(path, sizes);
  const whole = shards.length > 0 && shards.every((shard) => (sizes.get(shard) ?? 0) > 0) && !hasOpenDownload(path);
  if (!whole) return undefined;
  return { path, sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

function fileSizes(path: string): Map<string, number> | undefined {
  try {
    const sizes = new Map<string, number>();
    for (const name of readdirSync(path)) {
      const stats = statSync(join(path, name), { throwIfNoEntry: false });
      if (stats?.isFile()) sizes.set(name, stats.size);
    }
    return sizes;
  } catch {
    return undefined; // no such folder, or not readable: not a cached model
  }
}

function shardsOf(path: string, sizes: ReadonlyMap<string, number>): string[] {
  const index = INDEXES.find((name) => sizes.has(name));
  if (index === undefined) return [...sizes.keys()].filter((name) => WEIGHTS.test(name));
  try {
    const { weight_map: map } = JSON.parse(readFileSync(join(path, index), 'utf8')) as {
      weight_map?: Record<string, string>;
    };
    return [...new Set(Object.values(map ?? {}))];
  } catch {
    return []; // a cut-off index belongs to a cut-off download
  }
}

/** huggingface_hub keeps the parts of unfinished files as `*.incomplete` in a folder of its own. */
function hasOpenDownload(path: string): boolean {
  try {
    return readdirSync(join(path, '.cache/huggingface/download')).some((name) => name.endsWith('.incomplete'));
  } catch {
    return false; // never downloaded by huggingface_hub
  }
}
