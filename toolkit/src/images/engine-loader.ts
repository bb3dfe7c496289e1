import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { AimError, systemCode } from 'aim-runtime/system';
import type { ContainerEngine, ImageDetails } from '../docker/engine.ts';
import { failure } from '../exit-codes.ts';
import { assembleConfig, type AssembledConfig } from './assemble.ts';
import type { BuildOptions, BuildResult } from './builder.ts';
import { writeImageArchive, type ArchiveImage } from './image-archive.ts';
import { createLayer, type Layer } from './layer.ts';
import type { ImagePlan } from './plan.ts';

const COMPRESSED_UP_TO_BYTES = 4 * 1024 * 1024;

export interface LoadRequest {
  /** With the digest of its base. */
  readonly plan: ImagePlan;
  /** The base as the engine has it. */
  readonly base: ImageDetails;
}

/** What became of an archive without the base's layers. */
export type LoadOutcome =
  | { readonly built: BuildResult }
  /** Why the engine did not take it; it then has nothing of it. */
  | { readonly refusal: string };

/**
 * Makes the image on an engine that has the base, by an archive without the base's layers, which not every engine takes.
 * @throws AimError environment, also when the engine could not be asked, or interrupted
 */
export async function loadOnBase(
  engine: ContainerEngine,
  { plan, base }: LoadRequest,
  run: BuildOptions,
): Promise<LoadOutcome> {
  run.onEvent({ kind: 'phase', phase: 'reading files' });
  const layer = await createLayer(plan);
  const config = assembleConfig(plan, { digest: undefined, config: base.config }, layer);
  const layers = base.layers.map((digest) => ({ digest, content: undefined }));
  const image = { tags: [], config, layers: [...layers, await packLayer(layer)] };
  const sent = await sendArchive(engine, [image], run);
  if ('refusal' in sent) return { refusal: sent.refusal.message };
  const built = await findLoaded(engine, config, layer);
  if (built === undefined) return { refusal: 'it took the archive, but does not have the image' };
  await engine.tagImage(built.id, plan.reference);
  return { built: describeBuilt(plan, { built, base, movedBytes: sent.sentBytes }) };
}

/**
 * Sends an archive to an engine. `refusal` is the engine's own reason not to take it.
 * @throws AimError when reading the archive fails, the engine does not answer, or the user interrupts
 */
export async function sendArchive(
  engine: ContainerEngine,
  images: readonly ArchiveImage[],
  run: BuildOptions,
): Promise<{ readonly sentBytes: number } | { readonly refusal: AimError }> {
  let sentBytes = 0;
  let broken: unknown;
  async function* count(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of writeImageArchive(images)) {
        sentBytes += chunk.length;
        run.onEvent({ kind: 'phase', phase: 'loading', done: sentBytes, unit: 'bytes' });
        yield chunk;
      }
    } catch (error) {
      broken = error;
      throw error;
    }
  }
  try {
    await engine.loadImage(Readable.from(count()), run);
    return { sentBytes };
  } catch (error) {
    if (run.signal.aborted) throw failure('interrupted', { message: 'interrupted while loading', cause: error });
    if (broken !== undefined) throw broken as Error;
    if (!isAnswer(error)) throw error;
    return { refusal: error };
  }
}

/** Whether the engine said it: a connection that was refused or broke off says nothing of the archive. */
function isAnswer(error: unknown): error is AimError {
  return error instanceof AimError && systemCode(error.cause) === undefined;
}

/** The image an archive made, if the engine has it as it was described. */
export async function findLoaded(
  engine: ContainerEngine,
  config: AssembledConfig,
  layer: Layer,
): Promise<ImageDetails | undefined> {
  const found = await engine.inspectImage(config.digest);
  return found?.layers.at(-1) === layer.diffId ? found : undefined;
}

/** The layer as an engine takes it quickest: small ones compressed, for how is nothing to the engine's digest of it. */
async function packLayer(layer: Layer): Promise<ArchiveImage['layers'][number]> {
  const { diffId: digest, tarBytes } = layer;
  if (tarBytes > COMPRESSED_UP_TO_BYTES)
    return { digest, content: { sizeBytes: tarBytes, read: () => layer.readTar() } };
  const bytes = gzipSync(await buffer(layer.readTar()));
  return { digest, content: { sizeBytes: bytes.length, read: () => [bytes] } };
}

export function describeBuilt(
  plan: ImagePlan,
  { built, base, movedBytes }: { built: ImageDetails; base: ImageDetails; movedBytes: number },
): BuildResult {
  return {
    reference: plan.reference,
    action: 'built',
    id: built.id,
    base: plan.base,
    layers: built.layers.slice(base.layers.length),
    sizeBytes: built.sizeBytes,
    movedBytes,
    labels: plan.labels,
  };
}
