import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { findCachedModel, findInOldHub, type CachedModel, type CacheLayout } from './cache.ts';
import { download } from './download.ts';
import { folderLayout } from './folder-layout.ts';
import { hubLayout } from './hub-layout.ts';
import type { DownloadPlan, Layout } from './layout.ts';
import type { LockOwner } from './lock.ts';
import { EVERYTHING_NEEDED, requirePatterns, selectFiles, type FileChoice } from './patterns.ts';
import type { DownloadProgress } from './progress.ts';
import { listRemote } from './listing.ts';
import { isOffline } from './offline.ts';
import type { RemoteModel } from './remote.ts';
import { PATIENCE } from './retry.ts';
import { requireSafePath } from './safe-path.ts';
import { requireWellFormed, type ModelSource } from './source.ts';

/** A model that is wanted in a cache. */
export interface ModelRequest {
  readonly source: ModelSource;
  readonly cachePath: string;
  readonly layout: CacheLayout;
  /** Folder's name below the cache instead of the one that the source gives. */
  readonly modelName: string | undefined;
  readonly choice: FileChoice;
}

/** The world of a download. */
export interface ObtainContext {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: DownloadProgress;
  readonly onWait: (owner: LockOwner) => void;
  readonly info: (message: string) => void;
}

/** Brings a model into the cache, unless it is whole there already, and returns its folder. */
export async function obtainModel(request: ModelRequest, context: ObtainContext): Promise<string> {
  const source = requireWellFormed(request.source);
  if (source.kind === 'local') return requireLocal(source);
  if (request.modelName !== undefined) requireSafePath(request.modelName, 'the model name');
  requirePatterns(request.choice);
  const cached = findWanted(request);
  if (cached) return cached.path;
  if (isOffline(context.env)) throw notOffline(request);
  const remote = await listRemote(source, { env: context.env, signal: context.signal, patience: PATIENCE });
  try {
    const plan = planDownload(request, remote.model);
    const count = await download(plan, context);
    context.info(`${source.id} is complete: ${count} of ${plan.files.length} files were downloaded`);
    return resolve(plan.layout.cachePath, plan.layout.modelFolder);
  } finally {
    remote.close();
  }
}

/** The model, if it is in the cache in the place and the extent that are asked for. */
export function findWanted({ source, cachePath, layout, modelName, choice }: ModelRequest): CachedModel | undefined {
  const inLayout = findCachedModel(cachePath, source.id, { layout, modelName });
  const cached = inLayout ?? (layout === 'hub' ? findInOldHub(cachePath, source) : undefined);
  const had = cached?.marker?.manifest.choice;
  const suffices = had === undefined || sameChoice(had, EVERYTHING_NEEDED) || sameChoice(had, choice);
  return suffices ? cached : undefined;
}

function planDownload(
  { source, cachePath, layout, modelName, choice }: ModelRequest,
  remote: RemoteModel,
): DownloadPlan {
  const { commit, files: listed } = remote;
  const files = selectFiles(listed, choice);
  if (files.length === 0) {
    throw new AimError<RuntimeErrorCode>('config', {
      message: `no file of ${source.id} is left by --include and --exclude`,
      hint: 'Patterns are matched with whole paths: *.json, tokenizer*, original/*.',
    });
  }
  const revision = source.kind === 'hf' ? (source.revision ?? 'main') : undefined;
  const place: Layout =
    layout === 'hub' && commit !== undefined && revision !== undefined
      ? hubLayout(cachePath, { name: source.name, revision, commit })
      : folderLayout(cachePath, modelName ?? source.name, commit);
  return { layout: place, source: source.uri, revision, commit, choice, files, listed };
}

function sameChoice(a: FileChoice, b: FileChoice): boolean {
  const key = ({ include, exclude }: FileChoice) => JSON.stringify([[...include].sort(), [...exclude].sort()]);
  return key(a) === key(b);
}

function requireLocal({ id }: ModelSource): string {
  const path = resolve(id.replace(/^~(?=\/|$)/, homedir()));
  if (existsSync(path)) return path;
  throw new AimError<RuntimeErrorCode>('cache', {
    message: `there is no folder ${path}`,
    hint: 'Check the path and the volumes of the container.',
  });
}

function notOffline({ source, cachePath }: ModelRequest): AimError<RuntimeErrorCode> {
  return new AimError('cache', {
    message: `${source.id} is not whole in ${cachePath}, and HF_HUB_OFFLINE forbids every network call`,
    hint: 'Put the model there first: run download-to-cache without HF_HUB_OFFLINE, or mount a filled cache.',
  });
}
