type Env = Readonly<Record<string, string | undefined>>;

/** A GPU that visibility variables can name by its place in the list or by its unique id. */
export interface Selectable {
  readonly uniqueId: bigint | undefined;
}

export interface VisibleGpus<T> {
  readonly gpus: readonly T[];
  readonly warnings: readonly string[];
}

/**
 * Applies ROCR_VISIBLE_DEVICES, then HIP_VISIBLE_DEVICES or else CUDA_VISIBLE_DEVICES, whose indexes count what ROCR
 * left. `gpus` are in the order the ROCm runtime numbers them. A set but empty variable hides all, and a list ends at
 * its first entry that names nothing, as in the runtimes.
 */
export function selectVisible<T extends Selectable>(gpus: readonly T[], env: Env): VisibleGpus<T> {
  const hip = env['HIP_VISIBLE_DEVICES'] === undefined ? 'CUDA_VISIBLE_DEVICES' : 'HIP_VISIBLE_DEVICES';
  const warnings: string[] = [];
  let left = gpus;
  for (const name of ['ROCR_VISIBLE_DEVICES', hip]) {
    const value = env[name];
    if (value === undefined || left.length === 0) continue;
    const result = selectListed(left, value);
    const hint = `Unset it or set it to numbers from 0 to ${left.length - 1}.`;
    if (result.unknown !== undefined) {
      warnings.push(`${name}=${value}: "${result.unknown}" names no GPU; it and what follows is ignored. ${hint}`);
    }
    if (result.gpus.length === 0) warnings.push(`${name}=${value} hides all ${left.length} GPUs. ${hint}`);
    left = result.gpus;
  }
  return { gpus: left, warnings };
}

interface Listed<T> {
  readonly gpus: readonly T[];
  /** First entry that names no GPU of the list, or one that is listed already. */
  readonly unknown: string | undefined;
}

function selectListed<T extends Selectable>(gpus: readonly T[], value: string): Listed<T> {
  const selected: T[] = [];
  for (const entry of value.split(',').map((text) => text.trim())) {
    const gpu = findEntry(gpus, selected, entry);
    if (!gpu) return { gpus: selected, unknown: entry === '' || entry === '-1' ? undefined : entry };
    selected.push(gpu);
  }
  return { gpus: selected, unknown: undefined };
}

function findEntry<T extends Selectable>(gpus: readonly T[], taken: readonly T[], entry: string): T | undefined {
  const free = (gpu: T | undefined): gpu is T => gpu !== undefined && !taken.includes(gpu);
  if (/^\d+$/.test(entry)) return [gpus[Number(entry)]].find(free);
  const uuid = /^GPU-([0-9a-f]{1,16})$/i.exec(entry)?.[1]?.toLowerCase();
  if (uuid === undefined) return undefined;
  return gpus.find((gpu) => free(gpu) && gpu.uniqueId?.toString(16).padStart(16, '0').startsWith(uuid));
}
