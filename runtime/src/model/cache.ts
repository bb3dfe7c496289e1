import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChanged, readManifest, type Manifest } from './manifest.ts';
import { pathProblem } from './path-problem.ts';
import {
  FOLDER_WORK,
  HUB_WORK,
  hubFolder,
  hubManifestName,
  hubPlacedName,
  MANIFEST_NAME,
  oldHubFolder,
} from './places.ts';
import { bucketFolder, parseModelSource, revisionProblem, type ModelSource } from './source.ts';
import { wholeModelSizes } from './whole.ts';

/** A model whose files are all there. */
export interface CachedModel {
  /** Folder that holds it under its files' own names. */
  readonly path: string;
  /** Sum of its files. */
  readonly sizeBytes: number;
  /** `folder` is given to an engine as a path; in a `hub` cache an engine finds the model by its name. */
  readonly layout: CacheLayout;
  /** The completeness marker, where a download of ours left one, and its path. */
  readonly marker: { readonly path: string; readonly manifest: Manifest } | undefined;
}

export type CacheLayout = 'folder' | 'hub';

export interface CacheLookup {
  /** Name of the folder instead of the one that the identifier gives. */
  readonly modelName?: string | undefined;
  /** Only in this layout as downloads make it; every place when not given. */
  readonly layout?: CacheLayout;
}

/**
 * Looks for a whole model: in `{cachePath}/{org}/{model}`, then among the snapshots of `{cachePath}/hub`, then among
 * those beside `hub`. With our marker whole means that every file looks as it did when it was verified; without one, that the model's own index and
 * headers agree with the files and no download is under way. Undefined otherwise.
 */
export function findCachedModel(cachePath: string, modelId: string, lookup: CacheLookup = {}): CachedModel | undefined {
  const source = parseModelSource(modelId);
  const { layout } = lookup;
  const inFolder = layout === 'hub' ? undefined : findInFolder(cachePath, source, lookup.modelName);
  if (inFolder || layout === 'folder' || source.kind !== 'hf') return inFolder;
  return findInHub(cachePath, source) ?? (layout === 'hub' ? undefined : findInOldHub(cachePath, source));
}

/**
 * A whole model in `{cachePath}/models--org--model`, where releases up to 0.9 put it. No engine looks there by itself,
 * so what is found is a folder to be given as a path. Nothing is downloaded to that place.
 */
export function findInOldHub(cachePath: string, source: ModelSource): CachedModel | undefined {
  const snapshot = source.kind === 'hf' ? findSnapshot(cachePath, oldHubFolder, source) : undefined;
  if (!snapshot) return undefined;
  const { repository, path } = snapshot;
  const isOpen = hasOpenDownload(join(repository, 'blobs')) || existsSync(join(path, FOLDER_WORK));
  return isOpen ? undefined : withoutMarker('folder', path);
}

function findInFolder(cachePath: string, source: ModelSource, modelName = source.name): CachedModel | undefined {
  if (source.kind === 'local' || pathProblem(modelName) !== undefined) return undefined;
  const path = join(cachePath, modelName);
  const markerPath = join(path, FOLDER_WORK, MANIFEST_NAME);
  const manifest = readManifest(markerPath);
  if (manifest) {
    return isMeant(manifest, source, modelName)
      ? withMarker('folder', path, { path: markerPath, manifest })
      : undefined;
  }
  // Without a marker this folder of ours means a download that has not ended.
  if (existsSync(join(path, FOLDER_WORK)) || hasOpenDownload(join(path, '.cache/huggingface/download')))
    return undefined;
  if (source.revision !== undefined && recordedCommit(path) !== source.revision) return undefined;
  return withoutMarker('folder', path);
}

function findInHub(cachePath: string, source: ModelSource): CachedModel | undefined {
  const snapshot = findSnapshot(cachePath, hubFolder, source);
  if (!snapshot) return undefined;
  const { repository, commit, path } = snapshot;
  const work = join(repository, HUB_WORK);
  const markerPath = join(work, hubManifestName(commit));
  const manifest = readManifest(markerPath);
  if (manifest) return withMarker('hub', path, { path: markerPath, manifest });
  const isOpen = hasOpenDownload(join(repository, 'blobs')) || existsSync(join(work, hubPlacedName(commit)));
  return isOpen ? undefined : withoutMarker('hub', path);
}

/** Where a hub cache keeps the commit that a model's revision means there, whole or not. */
function findSnapshot(
  cachePath: string,
  folderOf: (name: string) => string,
  { name, revision = 'main' }: ModelSource,
): { repository: string; commit: string; path: string } | undefined {
  if (pathProblem(name) !== undefined || revisionProblem(revision) !== undefined) return undefined;
  const repository = join(cachePath, folderOf(name));
  const commit = readLine(join(repository, 'refs', revision)) ?? revision;
  return /^[0-9a-f]{40}$/.test(commit)
    ? { repository, commit, path: join(repository, 'snapshots', commit) }
    : undefined;
}

/**
 * True when what a folder's marker says it came from is what is asked for. A bucket has to be that very one. A model of
 * the hub has to be the one that was downloaded, unless whoever filled the folder chose its name to stand for it: by the
 * model's own name, or for the content of a bucket, which has no name on the hub.
 */
function isMeant(manifest: Manifest, source: ModelSource, folderName: string): boolean {
  const origin = parseModelSource(manifest.source);
  if (source.kind === 's3') return origin.kind === 's3' && isSameBucketFolder(origin, source);
  if (source.revision !== undefined && ![manifest.revision, manifest.commit].includes(source.revision)) return false;
  return source.name === folderName || origin.kind !== 'hf' || origin.name === source.name;
}

function isSameBucketFolder(a: ModelSource, b: ModelSource): boolean {
  const [one, other] = [bucketFolder(a), bucketFolder(b)];
  return one.bucket === other.bucket && one.prefix === other.prefix;
}

function withMarker(
  layout: CacheLayout,
  path: string,
  marker: NonNullable<CachedModel['marker']>,
): CachedModel | undefined {
  const { files } = marker.manifest;
  if (findChanged(path, files).length > 0 || !wholeModelSizes(path, true)) return undefined;
  return { path, layout, marker, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

function withoutMarker(layout: CacheLayout, path: string): CachedModel | undefined {
  const sizes = wholeModelSizes(path);
  if (!sizes) return undefined;
  return { path, layout, marker: undefined, sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

/** The commit that huggingface_hub recorded for a folder's configuration. */
function recordedCommit(path: string): string | undefined {
  return readLine(join(path, '.cache/huggingface/download/config.json.metadata'));
}

function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')[0]?.trim();
  } catch {
    return undefined;
  }
}

/** huggingface_hub keeps the parts of unfinished files as `*.incomplete`. */
function hasOpenDownload(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.incomplete'));
  } catch {
    return false; // never downloaded by huggingface_hub
  }
}
