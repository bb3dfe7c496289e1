import { join } from 'node:path';
import { isSame } from './in-place.ts';
import type { DownloadPlan } from './layout.ts';
import { looksUnchanged, type Manifest, type ManifestFile } from './manifest.ts';
import { readPlaced } from './records.ts';
import { removeBelow } from './safe-path.ts';

/** Files that downloads put into a model's folder, by path. */
export type EarlierFiles = ReadonlyMap<string, ManifestFile>;

/** What earlier downloads put there: the marker's files, and what runs that were broken off placed after it. */
export function readEarlier(marker: Manifest | undefined, recordPath: string): EarlierFiles {
  const files = new Map(marker?.files.map((file) => [file.path, file]));
  for (const [path, file] of readPlaced(recordPath)) files.set(path, file);
  return files;
}

/**
 * Settles what earlier downloads put there and this one was not asked for. What the source still has with that very
 * content stays, and is returned for the marker; anything else would mix two versions of a model and is removed.
 */
export async function settleOthers(
  { layout, files, listed }: DownloadPlan,
  earlier: EarlierFiles,
): Promise<ManifestFile[]> {
  const folder = join(layout.cachePath, layout.modelFolder);
  const wanted = new Set(files.map(({ path }) => path));
  const offered = new Map(listed.map((file) => [file.path, file]));
  const kept: ManifestFile[] = [];
  for (const file of earlier.values()) {
    if (wanted.has(file.path)) continue;
    const remote = offered.get(file.path);
    const isRight = remote && (await isSame(remote, file)) && looksUnchanged(join(folder, file.path), file);
    if (isRight) kept.push(file);
    else await removeBelow(folder, file.path);
  }
  return kept;
}
