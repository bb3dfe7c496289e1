import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CachedModel } from './cache.ts';
import type { Algorithm } from './digest.ts';
import { HashPool } from './hash-pool.ts';
import { FOLDER_WORK, HUB_WORK, hubPlacedName, PLACED_NAME } from './places.ts';
import { writePlaced } from './records.ts';
import { makeFolder } from './safe-path.ts';
import { forEachOf } from './semaphore.ts';

/** What came out when a model's files were hashed again. */
export interface VerifyReport {
  readonly checked: number;
  /** Paths of files whose content is not what the source had, or that are gone. */
  readonly damaged: readonly string[];
  /** Paths about which neither a marker nor huggingface_hub's records say anything. */
  readonly unknown: readonly string[];
}

interface Expected {
  readonly path: string;
  readonly algorithm: Algorithm;
  readonly value: string;
  readonly sizeBytes: number | undefined;
}

const HASH_THREADS = 3;

/** Hashes every file of a model again. When `signal` aborts it fails with the reason, in the middle of a file too. */
export async function verifyModel(model: CachedModel, signal?: AbortSignal): Promise<VerifyReport> {
  const { expected, unknown } = await expectations(model);
  const pool = new HashPool(HASH_THREADS, signal);
  const damaged: string[] = [];
  try {
    await forEachOf(expected, HASH_THREADS, async (file) => {
      if (!(await isRight(pool, model.path, file))) damaged.push(file.path);
    });
  } finally {
    await pool.close();
  }
  return { checked: expected.length, damaged: damaged.sort(), unknown };
}

/**
 * Makes a damaged model count as a download that has not ended, whoever put it there, so that it is not served: its
 * marker is taken away, and a record left of those of the marker's files that are right. The next download brings the
 * others only.
 */
export async function withdrawMarker(model: CachedModel, damaged: readonly string[]): Promise<void> {
  const { path, layout, marker } = model;
  const right = marker?.manifest.files.filter((file) => !damaged.includes(file.path)) ?? [];
  const [root, workFolder, placedName] =
    layout === 'hub'
      ? [dirname(dirname(path)), HUB_WORK, hubPlacedName(basename(path))]
      : [path, FOLDER_WORK, PLACED_NAME];
  await writePlaced(join(await makeFolder(root, workFolder), placedName), right);
  if (marker) await rm(marker.path, { force: true });
}

async function isRight(pool: HashPool, folder: string, file: Expected): Promise<boolean> {
  const path = join(folder, file.path);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || (file.sizeBytes !== undefined && size !== file.sizeBytes)) return false;
  const job = pool.start({ path, sizeBytes: size, algorithm: file.algorithm, partBytes: undefined });
  job.advance(size);
  return (await job.finish()).asked === file.value;
}

async function expectations({ path, marker }: CachedModel): Promise<{ expected: Expected[]; unknown: string[] }> {
  if (marker) {
    const expected = marker.manifest.files.map(({ path: file, sha256, sizeBytes }) => {
      return { path: file, algorithm: 'sha256' as const, value: sha256, sizeBytes };
    });
    return { expected, unknown: [] };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter((file) => !file.startsWith('.cache/'));
  const known = files.map((file) => ({ file, etag: blobName(join(path, file)) ?? recordedEtag(path, file) }));
  return {
    expected: known.flatMap(({ file, etag }) => {
      const algorithm = algorithmOf(etag);
      return etag === undefined || algorithm === undefined
        ? []
        : [{ path: file, algorithm, value: etag, sizeBytes: undefined }];
    }),
    unknown: known.filter(({ etag }) => algorithmOf(etag) === undefined).map(({ file }) => file),
  };
}

function algorithmOf(etag: string | undefined): Algorithm | undefined {
  if (etag === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag)) return undefined;
  return etag.length === 64 ? 'sha256' : 'git-sha1';
}

/** In a hub cache a file is a link to a blob that is named by its hash. */
function blobName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined; // no link
  }
}

/** huggingface_hub's record of a file in a local folder: commit, hash, time. */
function recordedEtag(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, '.cache/huggingface/download', `${file}.metadata`), 'utf8')
      .split('\n')[1]
      ?.trim();
  } catch {
    return undefined; // not put there by huggingface_hub
  }
}
