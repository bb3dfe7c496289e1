import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChanged, readManifest, type Manifest } from './manifest.ts';
import { pathProblem } from './path-problem.ts';
import { FOLDER_WORK, HUB_WORK, hubFolder, hubManifest, MANIFEST_NAME, placedName } from './places.ts';
import { bucketFolder, parseModelSource, revisionProblem, type ModelSource } from './source.ts';
import { wholeModelSizes } from './whole.ts';

/** A model whose files are all there. */
export interface CachedModel {
  /** Folder that holds it under its files' own names. */
  readonly path: string;
  /** Sum of its files. */
  readonly sizeBytes: number;
  /** `folder` is `{cache}/{org}/{model}`; in a `hub` cache an engine finds the model by its name. */
  readonly layout: CacheLayout;
  /** The completeness marker, where a download of ours left one, and its path. */
  readonly marker: { readonly path: string; readonly manifest: Manifest } | undefined;
}

export type CacheLayout = 'folder' | 'hub';

export interface CacheLookup {
  /** Name of the folder instead of the one that the identifier gives. */
  readonly modelName?: string | undefined;
  /** Only in this layout; both when not given. */
  readonly layout?: CacheLayout;
}

/**
 * Looks for a whole model: in `{cachePath}/{org}/{model}`, then among the snapshots of `{cachePath}/hub`. With our
 * marker whole means that every file looks as it did when it was verified; without one, that the model's own index and
 * headers agree with the files and no download is under way. Undefined otherwise.
 */
export function findCachedModel(cachePath: string, modelId: string, lookup: CacheLookup = {}): CachedModel | undefined {
  const source = parseModelSource(modelId);
  const { layout } = lookup;
  const inFolder = layout === 'hub' ? undefined : findInFolder(cachePath, source, lookup.modelName);
  if (inFolder || layout === 'folder' || source.kind !== 'hf') return inFolder;
  return findInHub(cachePath, source);
}

function findInFolder(cachePath: string, source: ModelSource, modelName = source.name): CachedModel | undefined {
  if (source.kind === 'local' || pathProblem(modelName) !== undefined) return undefined;
  const path = join(cachePath, modelName);
  const markerPath = join(path, FOLDER_WORK, MANIFEST_NAME);
  const manifest = readManifest(markerPath);
  if (manifest) {
    return isMeant(manifest, source) ? withMarker('folder', path, { path: markerPath, manifest }) : undefined;
  }
  // Without a marker this folder of ours means a download that has not ended.
  if (existsSync(join(path, FOLDER_WORK)) || hasOpenDownload(join(path, '.cache/huggingface/download')))
    return undefined;
  if (source.revision !== undefined && recordedCommit(path) !== source.revision) return undefined;
  return withoutMarker('folder', path);
}

function findInHub(cachePath: string, { name, revision = 'main' }: ModelSource): CachedModel | undefined {
  if (pathProblem(name) !== undefined || revisionProblem(revision) !== undefined) return undefined;
  const repository = join(cachePath, hubFolder(name));
  const commit = readLine(join(repository, 'refs', revision)) ?? revision;
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const path = join(repository, 'snapshots', commit);
  const markerPath = join(cachePath, hubManifest(name, commit));
  const manifest = readManifest(markerPath);
  if (manifest) return withMarker('hub', path, { path: markerPath, manifest });
  const isOpen =
    hasOpenDownload(join(repository, 'blobs')) || existsSync(join(repository, HUB_WORK, placedName(commit)));
  return isOpen ? undefined : withoutMarker('hub', path);
}

/** A folder's marker is of another model when it names another bucket, or not the revision that is asked for. */
function isMeant(manifest: Manifest, source: ModelSource): boolean {
  if (source.revision !== undefined) return [manifest.revision, manifest.commit].includes(source.revision);
  if (source.kind !== 's3' || !manifest.source.startsWith('s3://')) return true;
  const [wanted, there] = [bucketFolder(source), bucketFolder(parseModelSource(manifest.source))];
  return wanted.bucket === there.bucket && wanted.prefix === there.prefix;
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
