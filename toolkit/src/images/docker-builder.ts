import { Readable } from 'node:stream';
import { AimError, messageOf } from 'aim-runtime/system';
import type { ContainerEngine, ImageDetails } from '../docker/engine.ts';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { formatPlatform } from './base-image.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import { createContext } from './context.ts';
import { multilineLabels, renderDockerfile } from './dockerfile.ts';
import { planOnBase } from './engine-base.ts';
import { describeBuilt, loadOnBase } from './engine-loader.ts';
import { AIM_ID_LABEL, KIND_LABEL } from './labels.ts';
import type { ImagePlan } from './plan.ts';

/** Most instructions of a Dockerfile, each of which can leave one image. */
const MOST_STEPS = 20;

export interface DockerBuilderOptions {
  /** Text of the Dockerfile templates by kind of image. */
  readonly templates: Readonly<Record<ImagePlan['kind'], string>>;
  /** Base references that exist on this engine or nowhere: pulling them is pointless. */
  readonly localOnly: (base: string) => boolean;
}

/**
 * Builds on a Docker Engine. The engine is given the finished layer where it takes one: then the layer has the same
 * digest as in a registry. Else its classic builder makes one of the same files.
 */
export function createDockerBuilder(engine: ContainerEngine, options: DockerBuilderOptions): ImageBuilder {
  return { build: (plan, run) => build({ engine, ...options }, plan, run) };
}

type Parts = DockerBuilderOptions & { readonly engine: ContainerEngine };

async function build(parts: Parts, plan: ImagePlan, run: BuildOptions): Promise<BuildResult> {
  const { engine } = parts;
  const base = await provideBase(parts, plan, run);
  const final = planOnBase(plan, base, run.platform);
  const loaded = await loadOnBase(engine, { plan: final, base }, run);
  if ('built' in loaded) return loaded.built;
  run.onEvent({
    kind: 'notice',
    text: `${engine.endpoint} did not take ${plan.reference} without its base's layers (${loaded.refusal}): its own builder makes it, with layer digests of its own`,
  });
  return buildDockerfile(parts, { plan: final, base }, run);
}

async function buildDockerfile(
  parts: Parts,
  { plan: final, base }: { readonly plan: ImagePlan; readonly base: ImageDetails },
  run: BuildOptions,
): Promise<BuildResult> {
  const { engine } = parts;
  const context = await createContext(final, renderDockerfile(parts.templates[final.kind], final));
  const before = new Set((await leftovers(engine, final)).map(({ id }) => id));
  try {
    const id = await engine.buildImage({ context: Readable.from(context), labels: multilineLabels(final), ...run });
    run.signal.throwIfAborted();
    const built = await engine.inspectImage(id);
    if (built === undefined) throw failure('environment', { message: `the engine lost the image ${id} it just built` });
    await engine.tagImage(id, final.reference);
    return describeBuilt(final, { built, base, movedBytes: 0 });
  } catch (error) {
    await cleanUp(engine, { plan: final, before }, run);
    if (run.signal.aborted)
      throw failure('interrupted', { message: `interrupted while building ${final.reference}`, cause: error });
    throw describe(error, final);
  }
}

/** The base image, pulled when the engine does not have it. */
async function provideBase({ engine, localOnly }: Parts, plan: ImagePlan, run: BuildOptions): Promise<ImageDetails> {
  const local = await engine.inspectImage(plan.base);
  if (local !== undefined) return local;
  if (localOnly(plan.base)) {
    throw failure('environment', {
      message: `base image ${plan.base} is not on the engine at ${engine.endpoint}`,
      hint: 'Build it first with `aimctl build-base`, or name another one with --base.',
    });
  }
  run.onEvent({ kind: 'output', text: `pulling ${plan.base}` });
  const { signal, onEvent, platform } = run;
  const wanted = platform === undefined ? {} : { platform: formatPlatform(platform) };
  await engine.pullImage(plan.base, { signal, onEvent, ...wanted });
  const pulled = await engine.inspectImage(plan.base);
  if (pulled !== undefined) return pulled;
  throw failure('remote', {
    message: `base image ${plan.base} was pulled, but the engine does not know it under that name`,
  });
}

function describe(error: unknown, plan: ImagePlan): unknown {
  if (!(error instanceof AimError)) return error;
  return new AimError(error.code as ToolkitErrorCode, {
    message: `building ${plan.reference} failed: ${error.message}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: error.details,
    cause: error,
  });
}

/** Untagged images of this plan; its labels are set by the first instruction, so every intermediate image has them. */
async function leftovers(engine: ContainerEngine, plan: ImagePlan): Promise<readonly { readonly id: string }[]> {
  const labels = [KIND_LABEL, AIM_ID_LABEL].map((name) => `${name}=${plan.labels[name] ?? ''}`);
  return engine.listImages({ labels, dangling: true });
}

/** What went wrong before is what the user has to know: that something is left behind is only said. */
async function cleanUp(
  engine: ContainerEngine,
  { plan, before }: { readonly plan: ImagePlan; readonly before: ReadonlySet<string> },
  { onEvent }: BuildOptions,
): Promise<void> {
  try {
    await removeLeftovers(engine, plan, before);
  } catch (error) {
    const text = `untagged images of ${plan.reference} may be left on ${engine.endpoint}: ${messageOf(error)}`;
    onEvent({ kind: 'notice', text });
  }
}

/** Removes the intermediate images of a build that did not end well, leaf by leaf. */
async function removeLeftovers(engine: ContainerEngine, plan: ImagePlan, before: ReadonlySet<string>): Promise<void> {
  for (let round = 0; round < MOST_STEPS; round++) {
    const found = (await leftovers(engine, plan)).filter(({ id }) => !before.has(id));
    if (found.length === 0) return;
    // Another build may use one of them by now; then it is not ours to remove.
    await Promise.allSettled(found.map(({ id }) => engine.removeImage(id)));
  }
}
