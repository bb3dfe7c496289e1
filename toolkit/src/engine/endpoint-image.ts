import type { ContainerEngine, EngineEvent, ImageDetails } from '../docker/engine.ts';
import { failure } from '../exit-codes.ts';
import { AIM_ID_LABEL, KIND_LABEL } from '../images/labels.ts';
import { baseReference, modelReference, type NamingOptions } from '../images/names.ts';

/** The image an endpoint is a container of. */
export interface EndpointImage {
  readonly reference: string;
  /** A base image is told which model to serve. */
  readonly kind: 'base' | 'model';
}

export interface ImageRequest {
  /** `org/model` or an address. */
  readonly model: string;
  /** `--image`. */
  readonly requested: string | undefined;
  /** Version of this program. */
  readonly version: string;
  readonly registry: string | undefined;
}

export interface ImageOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * The image to serve a model with: the one that was named, else the model's own, else aim-base of this version.
 * Pulled when it is not there and a registry is known. @throws AimError usage, environment or remote
 */
export async function ensureImage(
  engine: ContainerEngine,
  request: ImageRequest,
  options: ImageOptions,
): Promise<EndpointImage> {
  const { requested, registry } = request;
  const names = requested === undefined ? imageNames(request) : [requested];
  for (const reference of names) {
    const found = await engine.inspectImage(reference);
    if (found !== undefined) return describeImage(reference, found, request.model);
  }
  if (requested === undefined && registry === undefined) throw notBuilt(request, names);
  let failed: Error | undefined;
  for (const reference of names) {
    try {
      await engine.pullImage(reference, options);
      const found = await engine.inspectImage(reference);
      if (found !== undefined) return describeImage(reference, found, request.model);
    } catch (error) {
      options.signal.throwIfAborted();
      failed ??= error instanceof Error ? error : new Error(String(error));
    }
  }
  throw failed ?? notBuilt(request, names);
}

/** The references that are looked for, the model's own image first. */
export function imageNames({ model, version, registry }: ImageRequest): string[] {
  const naming: NamingOptions = { registry, tag: undefined, scheme: 'semver' };
  const base = baseReference(version, naming);
  if (model.includes('://')) return [base];
  return [modelReference({ version, aimId: model, base, stamp: { createdAt: 0 } }, naming).reference, base];
}

function describeImage(reference: string, { labels }: ImageDetails, model: string): EndpointImage {
  const kind = labels[KIND_LABEL];
  const own = labels[AIM_ID_LABEL] ?? '';
  if (kind === 'model' && own.toLowerCase() === model.toLowerCase()) return { reference, kind };
  if (kind === 'base') return { reference, kind };
  throw failure('usage', {
    message: kind === 'model' ? `${reference} is the image of ${own}, not of ${model}` : `${reference} is no AIM image`,
    hint: 'See which there are with aimctl images.',
  });
}

function notBuilt({ model }: ImageRequest, names: readonly string[]): Error {
  return failure('environment', {
    message: `there is no image to serve ${model} with: neither ${names.join(' nor ')} is on this engine`,
    hint: `Build it with aimctl build-model ${model}, or name one with --image or the place to pull from with --registry.`,
  });
}
