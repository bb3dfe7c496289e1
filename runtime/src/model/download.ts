import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { allocatedBytes, removeJournal } from './part-file.ts';
import { explainWriteFailure, requireSpace } from './disk.ts';
import { fetchFile, partPathOf, type FetchContext } from './fetch-file.ts';
import { HashPool } from './hash-pool.ts';
import { findInPlace, type InPlace } from './in-place.ts';
import type { DownloadPlan } from './layout.ts';
import { acquireLock, type LockOwner } from './lock.ts';
import { readManifest, type ManifestFile } from './manifest.ts';
import { placedName } from './places.ts';
import { appendPlaced, writeManifest } from './records.ts';
import type { DownloadProgress } from './progress.ts';
import type { RemoteFile } from './remote.ts';
import { PATIENCE, type Patience } from './retry.ts';
import { makeFolder, requireSafePath } from './safe-path.ts';
import { takeSample } from './sample.ts';
import { forEachOf, Semaphore } from './semaphore.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly progress: DownloadProgress;
  readonly onWait: (owner: LockOwner) => void;
  readonly patience?: Patience;
  /** Length of a range; smaller in tests. */
  readonly segmentBytes?: number;
}

const CONNECTIONS = 8;
const FILES_AT_ONCE = 4;
const HASH_THREADS = 3;
const SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * Brings the plan's files into the cache and marks them complete. Whatever moment it is stopped at, a file under its
 * own name is whole and verified, and another run goes on from there. Of several processes one downloads and the
 * others wait for it. Returns how many files had to be downloaded.
 */
export async function download(plan: DownloadPlan, options: DownloadOptions): Promise<number> {
  const { layout, files } = plan;
  for (const { path } of files) requireSafePath(path, 'the file name');
  const folder = join(layout.cachePath, layout.modelFolder);
  try {
    await mkdir(layout.cachePath, { recursive: true });
    const work = await makeFolder(layout.cachePath, layout.workFolder);
    const lockFolder = await makeFolder(layout.cachePath, join(layout.workFolder, 'lock'));
    await using lock = await acquireLock({ folder: lockFolder, ...options });
    const signal = AbortSignal.any([options.signal, lock.lost]);
    return await fill(plan, { ...options, signal, work });
  } catch (error) {
    throw explainWriteFailure(error, folder) ?? error;
  }
}

interface FillOptions extends DownloadOptions {
  readonly work: string;
}

async function fill(plan: DownloadPlan, options: FillOptions): Promise<number> {
  const { layout, files } = plan;
  const { work, progress, signal } = options;
  const pool = new HashPool(HASH_THREADS);
  // Received bytes live outside the heap and die at once, but they make V8 mark the heap again and again, in threads
  // of its own: a quarter of all processor time, which hashing needs.
  setFlagsFromString('--no-concurrent-marking');
  try {
    const recordPath = join(work, placedName(plan.commit));
    const marker = join(layout.cachePath, layout.manifestFile);
    const before = readManifest(marker);
    const inPlace = await findInPlace({ plan, pool, signal, recordPath, known: before?.files ?? [] });
    const missing = files.filter(({ path }) => !inPlace.has(path));
    if (missing.length > 0 || !before) await rm(marker, { force: true });
    const partsFolder = await makeFolder(layout.cachePath, join(layout.workFolder, 'parts'));
    await requireSpace(partsFolder, await neededBytes(missing, partsFolder));
    progress.start({
      files: { done: inPlace.size, total: files.length },
      bytes: { done: sumBytes(files) - sumBytes(missing), total: sumBytes(files) },
    });
    const context: FetchContext = {
      partsFolder,
      pool,
      connections: new Semaphore(CONNECTIONS),
      patience: options.patience ?? PATIENCE,
      signal,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
      onBytes: (count) => progress.bytes(count),
    };
    await forEachOf(missing, FILES_AT_ONCE, async (file) => {
      const placed = await bring(plan, context, file);
      await appendPlaced(recordPath, placed);
      inPlace.set(file.path, placed);
      progress.file(file.path);
    });
    signal.throwIfAborted();
    await complete(plan, inPlace, { marker, before: before?.files ?? [] });
    await Promise.all([rm(recordPath, { force: true }), rm(partsFolder, { recursive: true, force: true })]);
    return missing.length;
  } finally {
    progress.end();
    await pool.close();
  }
}

async function bring({ layout }: DownloadPlan, context: FetchContext, file: RemoteFile): Promise<ManifestFile> {
  const { partPath, digest, sha256 } = await fetchFile(context, file);
  context.signal.throwIfAborted();
  const sample = takeSample(partPath);
  await layout.place({ file, digest, sha256 }, partPath);
  await removeJournal(partPath);
  const { path, sizeBytes, version } = file;
  return { path, sizeBytes, sha256, digest, version, sample: sample?.sample ?? '' };
}

async function complete(
  { layout, source, revision, commit, choice, files }: DownloadPlan,
  inPlace: InPlace,
  { marker, before }: { marker: string; before: readonly ManifestFile[] },
): Promise<void> {
  const entries = files.map(({ path }) => inPlace.get(path)).filter((entry) => entry !== undefined);
  const kept = new Set(entries.map(({ path }) => path));
  for (const { path } of before) {
    // A file that we put there for an earlier commit and that this one no longer has would mix the two.
    if (!kept.has(path)) await rm(join(layout.cachePath, layout.modelFolder, path), { force: true });
  }
  await layout.finish();
  await writeManifest(marker, { version: 1, source, revision, commit, choice, files: entries });
}

async function neededBytes(files: readonly RemoteFile[], partsFolder: string): Promise<number> {
  const needs = files.map(async (file) => {
    const there = await allocatedBytes(partPathOf(partsFolder, file, await file.digest()));
    return Math.max(0, file.sizeBytes - there);
  });
  return (await Promise.all(needs)).reduce((sum, bytes) => sum + bytes, 0);
}

function sumBytes(files: readonly RemoteFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
