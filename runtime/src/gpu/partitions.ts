/** What tells partitions of one card from separate cards. */
export interface PartitionSource {
  /** Equal for the partitions of one card. */
  readonly card: string;
  /** Equal for cards that are partitioned alike. */
  readonly deviceId: string | undefined;
}

/**
 * Logical GPUs per card, by device id. Taken from the fullest card: a kernel that runs out of DRM minors leaves
 * the last partition of the last card out.
 */
export function countPartitions(sources: readonly PartitionSource[]): ReadonlyMap<string | undefined, number> {
  const byCard = new Map<string, number>();
  const byDevice = new Map<string | undefined, number>();
  for (const { card, deviceId } of sources) {
    const count = (byCard.get(card) ?? 0) + 1;
    byCard.set(card, count);
    byDevice.set(deviceId, Math.max(byDevice.get(deviceId) ?? 0, count));
  }
  return byDevice;
}

const MODE_COUNTS: Readonly<Record<string, number>> = { SPX: 1, DPX: 2, TPX: 3, QPX: 4 };

/** Logical GPUs per card in a compute mode, or undefined where the mode alone does not tell (CPX: one per XCC). */
export function partitionsOfMode(mode: string | undefined): number | undefined {
  return mode === undefined ? undefined : MODE_COUNTS[mode];
}

/** Compute mode of a card split into `count` logical GPUs with `xccCount` dies each; undefined for a whole card. */
export function computeMode(count: number, xccCount: number | undefined): string | undefined {
  if (count <= 1) return undefined;
  if (xccCount === 1) return 'CPX';
  return Object.keys(MODE_COUNTS).find((mode) => MODE_COUNTS[mode] === count) ?? 'CPX';
}
