import { performance } from 'node:perf_hooks';
import { createProgress, obtainModel, parseModelSource, renderProgress, type CacheLayout } from 'aim-runtime/cache';
import { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';

/** Where models are kept on this host, and the environment that downloads follow: tokens, mirrors, proxies. */
export interface ModelCache {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface AddRequest {
  readonly models: readonly string[];
  readonly layout: CacheLayout;
  /** Folder below the cache instead of the one that the model's name gives. */
  readonly modelName: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface AddOptions {
  readonly signal: AbortSignal;
  /** What is going on right now. */
  readonly onProgress: (text: string) => void;
  readonly onNote: (text: string) => void;
}

/** A model that is in the cache now. */
export interface AddedModel {
  readonly model: string;
  readonly path: string;
}

const REPORT_MS = 500;
/** Failures of the runtime's downloader in this program's terms. */
const CODES: Readonly<Record<string, ToolkitErrorCode>> = {
  config: 'usage',
  cache: 'environment',
  auth: 'environment',
  network: 'remote',
};

/** Brings models into the cache, one after the other; those that are whole already stay as they are. */
export async function addModels(cache: ModelCache, request: AddRequest, options: AddOptions): Promise<AddedModel[]> {
  const added: AddedModel[] = [];
  for (const model of request.models) {
    added.push({ model, path: await addModel(cache, { ...request, model }, options) });
  }
  return added;
}

async function addModel(
  { path, env }: ModelCache,
  request: AddRequest & { readonly model: string },
  { signal, onProgress, onNote }: AddOptions,
): Promise<string> {
  const { model, layout, modelName, include, exclude } = request;
  const progress = createProgress({
    intervalMs: REPORT_MS,
    now: () => performance.now(),
    report: (state) => {
      onProgress(`${model}: ${renderProgress(state, false)}`);
    },
  });
  try {
    return await obtainModel(
      { source: parseModelSource(model), cachePath: path, layout, modelName, choice: { include, exclude } },
      {
        env,
        signal,
        progress,
        onWait: ({ host, pid }) => {
          onNote(`${model}: waiting for process ${pid} on ${host}, which is downloading it`);
        },
        info: onNote,
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw inOurTerms(error);
  }
}

function inOurTerms(error: unknown): unknown {
  if (!(error instanceof AimError)) return error;
  const { code, message, hint, details } = error as AimError;
  const ours = CODES[code];
  if (ours === undefined) return error;
  return failure(ours, { message, details, cause: error, ...(hint === undefined ? {} : { hint }) });
}
