import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { allocatedBytes, removeJournal } from './part-file.ts';
import { explainWriteFailure, requireSpace } from './disk.ts';
import { readEarlier, settleOthers, type EarlierFiles } from './earlier-files.ts';
import { fetchFile, partPathOf, type FetchContext } from './fetch-file.ts';
import { HashPool } from './hash-pool.ts';
import { findInPlace, type InPlace } from './in-place.ts';
import type { DownloadPlan } from './layout.ts';
import { acquireLock, type LockOwner } from './lock.ts';
import { readManifest, type ManifestFile } from './manifest.ts';
import { announcePlaced, appendPlaced, writeManifest, writePlaced } from './records.ts';
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
    const lockFolder = await makeFolder(layout.cachePath, join(layout.workFolder, 'lock'));
    await using lock = await acquireLock({ folder: lockFolder, ...options });
    const signal = AbortSignal.any([options.signal, lock.lost]);
    return await fill(plan, { ...options, signal });
  } catch (error) {
    throw explainWriteFailure(error, folder) ?? error;
  }
}

async function fill(plan: DownloadPlan, options: DownloadOptions): Promise<number> {
  const { layout, files } = plan;
  const { progress, signal } = options;
  const pool = new HashPool(HASH_THREADS, signal);
  // Received bytes live outside the heap and die at once, but they make V8 mark the heap again and again, in threads
  // of its own: a quarter of all processor time, which hashing needs.
  setFlagsFromString('--no-concurrent-marking');
  try {
    const recordPath = join(layout.cachePath, layout.placedFile);
    const markerPath = join(layout.cachePath, layout.manifestFile);
    const marker = readManifest(markerPath);
    const earlier = readEarlier(marker, recordPath);
    await writePlaced(recordPath, earlier.values()); // outlives the marker: a run that is killed forgets no file
    const inPlace = await findInPlace({ plan, pool, signal, recordPath, known: earlier });
    const missing = files.filter(({ path }) => !inPlace.has(path));
    if (missing.length > 0 || !marker) await rm(markerPath, { force: true });
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
      inPlace.set(file.path, await bring(file, plan, { ...context, recordPath }));
      progress.file(file.path);
    });
    signal.throwIfAborted();
    await complete(plan, inPlace, { markerPath, earlier });
    await Promise.all([rm(recordPath, { force: true }), rm(partsFolder, { recursive: true, force: true })]);
    return missing.length;
  } finally {
    progress.end();
    await pool.close();
  }
}

async function bring(
  file: RemoteFile,
  { layout }: DownloadPlan,
  context: FetchContext & { readonly recordPath: string },
): Promise<ManifestFile> {
  const { partPath, digest, sha256 } = await fetchFile(context, file);
  context.signal.throwIfAborted();
  const { path, sizeBytes, version } = file;
  const placed = { path, sizeBytes, sha256, digest, version, sample: takeSample(partPath)?.sample ?? '' };
  await announcePlaced(context.recordPath, file);
  await layout.place({ file, digest, sha256 }, partPath);
  await removeJournal(partPath);
  await appendPlaced(context.recordPath, placed);
  return placed;
}

async function complete(
  plan: DownloadPlan,
  inPlace: InPlace,
  { markerPath, earlier }: { markerPath: string; earlier: EarlierFiles },
): Promise<void> {
  const { source, revision, commit, choice } = plan;
  const wanted = plan.files.map(({ path }) => inPlace.get(path)).filter((entry) => entry !== undefined);
  const files = [...wanted, ...(await settleOthers(plan, earlier))];
  await plan.layout.finish();
  await writeManifest(markerPath, { version: 1, source, revision, commit, choice, files });
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
