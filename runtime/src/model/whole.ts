import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasContent, isWholeSafetensors } from './safetensors.ts';

const WEIGHTS = /\.(?:safetensors|bin|pt|pth|gguf)$/;
const INDEXES = ['model.safetensors.index.json', 'pytorch_model.bin.index.json'];
const CONFIGURATIONS = ['config.json', 'params.json'];

interface WeightIndex {
  readonly weight_map?: Readonly<Record<string, string>>;
  readonly metadata?: { readonly total_size?: unknown };
}

/** A file of weights and, where an index names them, one of the tensors it must hold. */
interface Shard {
  readonly name: string;
  readonly tensor: string | undefined;
}

/**
 * Sizes of a folder's own files by name, if they are all that a model needs: a configuration, and every shard of the
 * weight index, or at least one file of weights. With `trusted` their content was verified before; otherwise each must
 * have the length and the tensors that its header and the index say.
 */
export function wholeModelSizes(folder: string, trusted = false): ReadonlyMap<string, number> | undefined {
  const sizes = fileSizes(folder);
  if (!sizes || !CONFIGURATIONS.some((name) => sizes.has(name))) return undefined;
  const { shards, totalBytes } = weightsOf(folder, sizes);
  if (shards.length === 0 || shards.some(({ name }) => (sizes.get(name) ?? 0) === 0)) return undefined;
  if (trusted) return sizes;
  const bytes = shards.reduce((sum, { name }) => sum + (sizes.get(name) ?? 0), 0);
  return bytes >= totalBytes && shards.every((shard) => isWholeShard(folder, shard)) ? sizes : undefined;
}

function isWholeShard(folder: string, { name, tensor }: Shard): boolean {
  const path = join(folder, name);
  return name.endsWith('.safetensors') ? isWholeSafetensors(path, tensor) : hasContent(path);
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

interface Weights {
  readonly shards: readonly Shard[];
  /** Bytes of all tensors, as the index says; 0 when nothing says it. */
  readonly totalBytes: number;
}

function weightsOf(path: string, sizes: ReadonlyMap<string, number>): Weights {
  const index = INDEXES.find((name) => sizes.has(name));
  if (index === undefined) {
    const names = [...sizes.keys()].filter((name) => WEIGHTS.test(name));
    return { shards: names.map((name) => ({ name, tensor: undefined })), totalBytes: 0 };
  }
  try {
    const { weight_map: map, metadata } = JSON.parse(readFileSync(join(path, index), 'utf8')) as WeightIndex;
    const byShard = new Map(Object.entries(map ?? {}).map(([tensor, name]) => [name, tensor]));
    const total = metadata?.total_size;
    const shards = [...byShard].map(([name, tensor]) => ({ name, tensor }));
    return { shards, totalBytes: typeof total === 'number' ? total : 0 };
  } catch {
    return { shards: [], totalBytes: 0 }; // a cut-off index belongs to a cut-off download
  }
}
