import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { ImageInfo, ImageInspectInfo } from 'dockerode';
import { AimError, messageOf } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import type {
  BuildRequest,
  ContainerEngine,
  ImageDetails,
  ImageSummary,
  PullOptions,
  StreamOptions,
} from './engine.ts';
import { formatRepository, parseReference, tagOrDigest } from '../oci/reference.ts';
import type { ContainerConfig } from '../oci/types.ts';
import { followStream } from './progress.ts';

/** How long an interrupted build may take to finish; it has no long steps once its context is there. */
const FINISH_LIMIT_MS = 60_000;
const UNTAGGED = '<none>:<none>';

/** The engine port over the Docker Engine API (1.41 and newer), classic builder. */
export function createDockerEngine(docker: Dockerode, endpoint: string): ContainerEngine {
  return {
    endpoint,
    version: async () => {
      const { Version, ApiVersion } = await call('ask the Docker Engine for its version', docker.version());
      return { version: Version, apiVersion: ApiVersion };
    },
    inspectImage: async (reference) => {
      const found = await unlessMissing(`inspect ${reference}`, docker.getImage(reference).inspect());
      return found === undefined ? undefined : toDetails(found);
    },
    loadImage: (archive, options) => loadImage(docker, archive, options),
    pullImage: (reference, options) => pullImage(docker, reference, options),
    buildImage: (request) => buildImage(docker, request),
    tagImage: async (id, reference) => {
      const parsed = parseReference(reference);
      const repo = formatRepository(parsed);
      await call(`tag ${reference}`, docker.getImage(id).tag({ repo, tag: tagOrDigest(parsed) }));
    },
    listImages: async ({ labels, dangling }) => {
      const filters = { label: [...labels], ...(dangling === undefined ? {} : { dangling: [String(dangling)] }) };
      const found = await call('list images', docker.listImages({ filters: JSON.stringify(filters) }));
      return found.map(toSummary);
    },
    removeImage: async (reference) => {
      await unlessMissing(`remove ${reference}`, docker.getImage(reference).remove({ force: false, noprune: true }));
    },
  };
}

async function buildImage(docker: Dockerode, request: BuildRequest): Promise<string> {
  const { context, labels, noCache, signal, onEvent } = request;
  const upload = watchUpload(context, signal);
  // The classic builder is asked for by number: it keeps the layer bytes under our control on every engine.
  const options = {
    version: '1',
    rm: true,
    forcerm: true,
    nocache: noCache,
    labels: { ...labels },
    abortSignal: upload.signal,
  } as const;
  try {
    const stream = await docker.buildImage(context, options);
    const id = await followStream(stream as AsyncIterable<Buffer>, { onEvent, failureCode: 'environment' });
    signal.throwIfAborted();
    if (id !== undefined) return id;
  } catch (error) {
    throw translate('build the image', error, signal);
  } finally {
    upload.stop();
    context.destroy();
  }
  throw failure('environment', {
    message: 'the Docker Engine ended the build without an image',
    hint: "The engine's log says more.",
  });
}

/**
 * The signal as long as the context is being sent, and again when the engine takes too long afterwards. In between,
 * cutting the connection would not stop the engine: it would finish its step unseen and leave the image of it behind.
 */
function watchUpload(context: Readable, signal: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const cut = () => controller.abort(signal.reason);
  let uploaded = false;
  let limit: NodeJS.Timeout | undefined;
  const abort = () => {
    if (uploaded) limit = setTimeout(cut, FINISH_LIMIT_MS);
    else cut();
  };
  context.once('end', () => (uploaded = true));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  const stop = () => {
    clearTimeout(limit);
    signal.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, stop };
}

async function loadImage(docker: Dockerode, archive: Readable, { signal, onEvent }: StreamOptions): Promise<void> {
  try {
    const answer = await docker.loadImage(archive, { quiet: true, abortSignal: signal });
    signal.throwIfAborted();
    await followStream(answer as AsyncIterable<Buffer>, { onEvent, failureCode: 'environment' });
  } catch (error) {
    throw translate('load the image', error, signal);
  } finally {
    archive.destroy();
  }
}

async function pullImage(docker: Dockerode, reference: string, options: PullOptions): Promise<void> {
  const { signal, onEvent, platform } = options;
  const wanted = platform === undefined ? {} : { platform };
  try {
    const stream = await docker.pull(reference, { abortSignal: signal, ...wanted });
    await followStream(stream as AsyncIterable<Buffer>, { onEvent, failureCode: 'remote' });
  } catch (error) {
    const known = translate(`pull ${reference}`, error, signal);
    if (known.code === 'interrupted') throw known;
    throw failure('remote', {
      message: `base image ${reference} not found: it is not on this engine, and pulling it failed: ${messageOf(reasonOf(known))}`,
      hint: 'Check the name and the network; for a private image run `docker login` and `docker pull` first.',
      cause: error,
    });
  }
}

function reasonOf(error: Error): unknown {
  return error.cause instanceof Error && !(error.cause instanceof AimError)
    ? new Error(engineText(error.cause))
    : error;
}

async function call<T>(action: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw translate(action, error);
  }
}

async function unlessMissing<T>(action: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw translate(action, error);
  }
}

/** The one place where the client library's errors become ours. */
function translate(action: string, error: unknown, signal?: AbortSignal): AimError<ToolkitErrorCode> {
  if (signal?.aborted === true) return failure('interrupted', { message: 'interrupted', cause: error });
  if (error instanceof AimError) return error as AimError<ToolkitErrorCode>;
  const code = statusOf(error) === 400 ? 'internal' : 'environment';
  return failure(code, { message: `the Docker Engine did not ${action}: ${engineText(error)}`, cause: error });
}

/** The engine's own words, without the client library's frame around them. */
function engineText(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) .*? - /, '')
    .trim();
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function toDetails(found: ImageInspectInfo): ImageDetails {
  return {
    id: found.Id,
    repoDigests: listOf(found.RepoDigests),
    repoTags: listOf(found.RepoTags),
    layers: listOf(found.RootFS.Layers),
    sizeBytes: found.Size,
    labels: recordOf(found.Config.Labels),
    config: {
      os: found.Os,
      architecture: found.Architecture,
      ...(found.Variant ? { variant: found.Variant } : {}),
      ...(found.Author ? { author: found.Author } : {}),
      // Null or absent is the same to a reader of these settings.
      config: found.Config as ContainerConfig,
      rootfs: { type: 'layers', diff_ids: listOf(found.RootFS.Layers) },
    },
  };
}

function toSummary(found: ImageInfo): ImageSummary {
  const repoTags = listOf(found.RepoTags).filter((tag) => tag !== UNTAGGED);
  return { id: found.Id, repoTags, sizeBytes: found.Size, labels: recordOf(found.Labels) };
}

/** Engines send null for an empty list, or leave it out, depending on version and image store. */
function listOf(list: readonly string[] | null | undefined): readonly string[] {
  return list ?? [];
}

function recordOf(record: Readonly<Record<string, string>> | null | undefined): Readonly<Record<string, string>> {
  return record ?? {};
}
