import { join, relative } from 'node:path';
import {
  findCachedModel,
  FOLDER_WORK,
  HUB_WORK,
  MANIFEST_NAME,
  readManifest,
  verifyModel,
  withdrawMarker,
  type CachedModel,
} from 'aim-runtime/cache';
import type { CacheEntry } from './scan.ts';

/** What came out when a cached model was hashed again. */
export interface VerifiedEntry {
  readonly name: string;
  readonly layout: CacheEntry['layout'];
  readonly path: string;
  /**
   * `intact`: every file that something is known about is as it should be. `damaged`: some are not; they are fetched
   * again by the next download. `incomplete`: not a whole model. `unknown`: nothing records what its files should be.
   */
  readonly outcome: 'intact' | 'damaged' | 'incomplete' | 'unknown';
  /** Files that were hashed. */
  readonly checked: number;
  readonly damaged: readonly string[];
  /** Files that nothing is recorded about. */
  readonly unknown: readonly string[];
}

/** How cached models are verified. */
export interface VerifyRun {
  readonly signal: AbortSignal;
  readonly onEntry: (entry: CacheEntry) => void;
}

/**
 * Hashes the files of cached models again. A damaged model loses its marker, so that it is not served.
 * @throws what the signal gives as its reason
 */
export async function verifyEntries(
  entries: readonly CacheEntry[],
  cachePath: string,
  { signal, onEntry }: VerifyRun,
): Promise<VerifiedEntry[]> {
  const verified: VerifiedEntry[] = [];
  for (const entry of entries) {
    signal.throwIfAborted();
    onEntry(entry);
    verified.push(await verifyEntry(entry, cachePath, signal));
  }
  return verified;
}

async function verifyEntry(entry: CacheEntry, cachePath: string, signal: AbortSignal): Promise<VerifiedEntry> {
  const { name, layout, path } = entry;
  const model = findModel(entry, cachePath);
  if (!model) return { name, layout, path, outcome: 'incomplete', checked: 0, damaged: [], unknown: [] };
  const report = await verifyModel(model, signal);
  if (report.damaged.length > 0) await withdrawMarker(model, report.damaged).catch(() => undefined); // read-only cache
  const outcome = report.damaged.length > 0 ? 'damaged' : report.checked === 0 ? 'unknown' : 'intact';
  return { name, layout, path, outcome, ...report };
}

/** The model as its marker describes it, even if it does not look like that any more; else a whole one without. */
function findModel({ name, layout, path, commit, sizeBytes }: CacheEntry, cachePath: string): CachedModel | undefined {
  const markerPath =
    layout === 'folder' ? join(path, FOLDER_WORK, MANIFEST_NAME) : join(path, HUB_WORK, `${commit ?? ''}.json`);
  const manifest = readManifest(markerPath);
  const content = layout === 'folder' ? path : join(path, 'snapshots', commit ?? '');
  if (manifest) return { path: content, layout, sizeBytes, marker: { path: markerPath, manifest } };
  if (layout === 'folder') return findCachedModel(cachePath, name, { layout, modelName: relative(cachePath, path) });
  return commit === null ? undefined : findCachedModel(cachePath, `${name}@${commit}`, { layout });
}
