import { lstatSync, readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join, relative } from 'node:path';
import {
  findCachedModel,
  FOLDER_WORK,
  HUB_WORK,
  MANIFEST_NAME,
  readManifest,
  type CacheLayout,
} from 'aim-runtime/cache';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** A model of a cache, whole or not. */
export interface CacheEntry {
  /** `org/model`, or the folder's own name. */
  readonly name: string;
  readonly layout: CacheLayout;
  /** Folder that holds everything of it. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly files: number;
  /** False for a download that was cut off or is under way. */
  readonly complete: boolean;
  /** True while a process is downloading it. */
  readonly busy: boolean;
  /** Where it came from, when a download of ours put it there. */
  readonly source: string | null;
  readonly commit: string | null;
  /** When a file of it was last written; ISO 8601. Reading does not count: looking at a cache reads files, too. */
  readonly cachedAt: string;
}

const HUB = 'hub';
const HUB_MODEL = /^models--(.+)$/;
/** A holder of a lock that has not shown itself for this long is taken for dead. */
const LOCK_STALE_MS = 60_000;
const MODEL_FILES = /^(?:config\.json|params\.json|.*\.(?:safetensors|gguf|bin|pth?))$/;

/** Every model of a cache in both layouts, by name. A cache that does not exist is empty. */
export function scanCache(cachePath: string, nowMs: number): CacheEntry[] {
  return [...scanFolders(cachePath, nowMs), ...scanHub(cachePath, nowMs)].sort((a, b) =>
    a.name === b.name ? (a.layout < b.layout ? -1 : 1) : a.name < b.name ? -1 : 1,
  );
}

function scanFolders(cachePath: string, nowMs: number): CacheEntry[] {
  return foldersIn(cachePath)
    .filter((name) => name !== HUB)
    .flatMap((first) => {
      const candidates = [first, ...foldersIn(join(cachePath, first)).map((second) => join(first, second))];
      return candidates.filter((name) => looksLikeModel(join(cachePath, name)));
    })
    .map((name) => {
      const path = join(cachePath, name);
      const manifest = readManifest(join(path, FOLDER_WORK, MANIFEST_NAME));
      return {
        name,
        layout: 'folder' as const,
        path,
        ...measure(path, nowMs),
        complete: findCachedModel(cachePath, name, { layout: 'folder', modelName: name }) !== undefined,
        busy: isLocked(join(path, FOLDER_WORK), nowMs),
        source: manifest?.source ?? null,
        commit: manifest?.commit ?? null,
      };
    });
}

function scanHub(cachePath: string, nowMs: number): CacheEntry[] {
  return foldersIn(join(cachePath, HUB)).flatMap((folder) => {
    const name = HUB_MODEL.exec(folder)?.[1]?.replaceAll('--', '/');
    if (name === undefined) return [];
    const path = join(cachePath, HUB, folder);
    const commits = foldersIn(join(path, 'snapshots'));
    const found = [...refsOf(path), ...commits].map((revision) =>
      findCachedModel(cachePath, `${name}@${revision}`, { layout: 'hub' }),
    );
    const whole = found.find((each) => each !== undefined);
    return [
      {
        name,
        layout: 'hub' as const,
        path,
        ...measure(path, nowMs),
        complete: whole !== undefined,
        busy: isLocked(join(path, HUB_WORK), nowMs),
        source: whole?.marker?.manifest.source ?? null,
        commit: (whole === undefined ? commits[0] : relative(join(path, 'snapshots'), whole.path)) ?? null,
      },
    ];
  });
}

function looksLikeModel(path: string): boolean {
  const entries = entriesOf(path);
  if (entries.some((entry) => !entry.isDirectory() && MODEL_FILES.test(entry.name))) return true;
  return entriesOf(join(path, FOLDER_WORK)).length > 0;
}

/** What a model takes and when it was put there. A link counts as what it leads to, and a file with two names once. */
function measure(path: string, nowMs: number): Pick<CacheEntry, 'sizeBytes' | 'files' | 'cachedAt'> {
  const sizes = new Map<string, number>();
  let cachedMs = 0;
  for (const entry of filesBelow(path)) {
    const file = join(entry.parentPath, entry.name);
    const stats = [lstatSync(file, { throwIfNoEntry: false }), entry.isSymbolicLink() ? followLink(file) : undefined];
    for (const found of stats) {
      if (found === undefined) continue; // no link, one that leads nowhere, or gone meanwhile
      cachedMs = Math.max(cachedMs, found.mtimeMs);
      if (found.isFile()) sizes.set(`${found.dev}:${found.ino}`, found.size);
    }
  }
  // Where no file tells, the folder does; a folder that is gone by now is nothing to be cleaned up.
  cachedMs ||= lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  const sizeBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { sizeBytes, files: sizes.size, cachedAt: new Date(cachedMs).toISOString() };
}

function followLink(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined; // it may lead nowhere, in a circle, or where this user may not look
  }
}

/** Branches and tags that a hub cache knows, with `/` in their names. */
function refsOf(repository: string): string[] {
  const refs = join(repository, 'refs');
  return [...filesBelow(refs)]
    .filter((entry) => entry.isFile())
    .map((entry) => relative(refs, join(entry.parentPath, entry.name)));
}

/** The last generation of the lock tells: held, and its holder alive. */
function isLocked(workFolder: string, nowMs: number): boolean {
  const newest = entriesOf(workFolder)
    .filter(({ name }) => /^lock\.\d+$/.test(name))
    .map(({ name }) => name)
    .sort((a, b) => Number(a.slice('lock.'.length)) - Number(b.slice('lock.'.length)))
    .at(-1);
  if (newest === undefined) return false;
  try {
    const file = join(workFolder, newest);
    const { released } = JSON.parse(readFileSync(file, 'utf8')) as { released?: unknown };
    return released !== true && nowMs - lstatSync(file).mtimeMs < LOCK_STALE_MS;
  } catch {
    return false; // just being replaced by its holder's next sign of life would be caught by the next look
  }
}

function foldersIn(path: string): string[] {
  return entriesOf(path)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

/** Everything that is no folder, links included. A folder that goes meanwhile takes nothing of the others with it. */
function* filesBelow(path: string): Generator<Dirent> {
  for (const entry of entriesOf(path)) {
    if (entry.isDirectory()) yield* filesBelow(join(path, entry.name));
    else yield entry;
  }
}

function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw failure('environment', {
      message: `cannot read ${path}: ${messageOf(error)}`,
      hint: 'Name another cache with --cache-dir, or run as a user who may read it.',
      cause: error,
    });
  }
}

/** Bytes of several entries together. */
export function sumBytes(entries: readonly CacheEntry[]): number {
  return entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
