import type { Hardware } from './types.ts';

/** Number of GPUs of each known model, in the order of the GPUs. */
export function groupByModel({ gpus }: Pick<Hardware, 'gpus'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { model } of gpus) {
    if (model !== undefined) counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  return counts;
}
