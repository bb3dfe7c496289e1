import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { HashPool } from './hash-pool.ts';
import type { DownloadPlan } from './layout.ts';
import { looksUnchanged, type ManifestFile } from './manifest.ts';
import { appendPlaced } from './records.ts';
import type { RemoteFile } from './remote.ts';
import { takeSample } from './sample.ts';

/** Files that need no download, by path. */
export type InPlace = Map<string, ManifestFile>;

export interface InPlaceSearch {
  readonly plan: DownloadPlan;
  readonly pool: HashPool;
  readonly signal: AbortSignal;
  /** Record of what this download has placed. */
  readonly recordPath: string;
  /** Files that downloads are on record to have placed, by path. */
  readonly known: ReadonlyMap<string, ManifestFile>;
}

/**
 * Finds the plan's files that are in place: those on record that look unchanged, and others of the right size whose
 * content hashes to what the source says, whoever put them there.
 */
export async function findInPlace(search: InPlaceSearch): Promise<InPlace> {
  const { plan, signal } = search;
  const folder = join(plan.layout.cachePath, plan.layout.modelFolder);
  const found: InPlace = new Map();
  for (const file of plan.files) {
    signal.throwIfAborted();
    const path = join(plan.layout.cachePath, plan.layout.contentPath(file, await file.digest()));
    if (!hasSize(path, file.sizeBytes)) continue;
    const known = search.known.get(file.path);
    const isKnown = known && (await isSame(file, known)) && looksUnchanged(join(folder, file.path), known);
    const entry = isKnown ? known : await examine(search, file, path);
    if (entry) found.set(file.path, entry);
  }
  return found;
}

/** True when a file on record has the content that the source has now. */
export async function isSame(file: RemoteFile, known: ManifestFile): Promise<boolean> {
  const digest = await file.digest();
  if (digest === undefined) return file.version !== undefined && known.version === file.version;
  if (digest.algorithm === 'sha256') return known.sha256 === digest.value;
  return known.digest?.algorithm === digest.algorithm && known.digest.value === digest.value;
}

async function examine(
  { plan, pool, recordPath }: InPlaceSearch,
  file: RemoteFile,
  path: string,
): Promise<ManifestFile | undefined> {
  const digest = await file.digest();
  if (digest === undefined) return undefined; // nothing to hold it against
  const { algorithm, partBytes } = digest;
  const job = pool.start({ path, sizeBytes: file.sizeBytes, algorithm, partBytes });
  job.advance(file.sizeBytes);
  const { sha256, asked } = await job.finish();
  if (asked !== digest.value) return undefined;
  await plan.layout.adopt({ file, digest, sha256 });
  const { sizeBytes, version } = file;
  const entry = { path: file.path, sizeBytes, sha256, digest, version, sample: takeSample(path)?.sample ?? '' };
  await appendPlaced(recordPath, entry);
  return entry;
}

/** A link into the blobs of a hub cache counts, one that leads nowhere does not. */
function hasSize(path: string, sizeBytes: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === sizeBytes;
}
