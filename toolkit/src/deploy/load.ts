import { join } from 'node:path';
import type { ModelFacts } from 'aim-runtime/estimate';
import { parseModelMetadata, type ModelMetadataFile } from 'aim-runtime/profile';
import { AimError, nearestNames } from 'aim-runtime/system';
import { existsSync, readFileSync } from 'node:fs';
import { imageNames, type EndpointImage } from '../engine/endpoint-image.ts';
import { loadModelChoices, type ModelProfiles } from '../engine/request.ts';
import { failure } from '../exit-codes.ts';
import { listModels } from '../images/catalog.ts';
import { baseReference, parseAimId } from '../images/names.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import { chooseProfile } from './choose-profile.ts';
import type { DeployFacts } from './plan.ts';
import type { DeployRequest } from './request.ts';

/** Where facts come from. */
export interface DeploySources {
  /** Folder with the profiles. */
  readonly profiles: string;
  /** Version of this program. */
  readonly version: string;
  /** Dimensions of a checkpoint. @throws AimError when nobody knows them */
  readonly findFacts: (checkpoint: string) => Promise<ModelFacts>;
  /** Digest of an image, asked of its registry; undefined to leave references as they are. */
  readonly findDigest: ((reference: Reference) => Promise<string>) | undefined;
}

/** Reads what a plan depends on. @throws AimError usage, check-failed, or what a registry says */
export async function loadDeployFacts(request: DeployRequest, sources: DeploySources): Promise<DeployFacts> {
  const model = await loadProfilesOf(request, sources.profiles);
  const metadata = loadMetadata(sources.profiles, model.model);
  const recommended = metadata?.com.amd.aim.model.recommendedDeployments ?? [];
  const choice = chooseProfile(request, {
    model,
    recommended: recommended.flatMap(({ profileId }) => (profileId === undefined ? [] : [profileId])),
  });
  const image = chooseImage(request, { model: model.model, known: metadata !== undefined, version: sources.version });
  const checkpoint = choice.profile.modelId ?? model.model;
  return {
    model: model.model,
    choice,
    image: await pinned(image, sources.findDigest),
    modelFacts: await sources.findFacts(checkpoint).catch(ifUnknown),
    gated: metadata?.com.amd.aim.hfToken?.required,
  };
}

/** A model without profiles of its own has to be served with one that is named. */
async function loadProfilesOf(request: DeployRequest, folder: string): Promise<ModelProfiles> {
  const known = listModels(folder);
  const wanted = parseAimId(request.model.replace(/^hf:\/\//, ''));
  const isKnown = known.some((each) => each.toLowerCase() === wanted.toLowerCase());
  if (!isKnown && request.profile === undefined) {
    const near = nearestNames(wanted, known);
    const meant = near.length === 0 ? '' : `Did you mean ${near.join(' or ')}? `;
    throw failure('usage', {
      message: `there are no profiles of the model ${wanted}`,
      hint: `${meant}Serve it with a profile for any model, for example --profile general/vllm-mi300x-fp16-tp1-latency.`,
    });
  }
  const { profile, metric } = request;
  return loadModelChoices(folder, { model: wanted, profile, metric, recipe: undefined });
}

function loadMetadata(folder: string, model: string): ModelMetadataFile | undefined {
  const file = join(folder, model, 'metadata.yaml');
  return existsSync(file) ? parseModelMetadata(readFileSync(file, 'utf8'), file) : undefined;
}

/** The image that was named, the model's own, or for a model that has none aim-base. */
function chooseImage(
  { image, registry }: DeployRequest,
  { model, known, version }: { readonly model: string; readonly known: boolean; readonly version: string },
): EndpointImage {
  if (image !== undefined) {
    const isBase = parseReference(image).name.split('/').at(-1) === 'aim-base';
    return { reference: image, kind: isBase ? 'base' : 'model' };
  }
  const [own] = known ? imageNames({ model, requested: undefined, version, registry }) : [];
  if (own !== undefined) return { reference: own, kind: 'model' };
  return { reference: baseReference(version, { registry, tag: undefined, scheme: 'semver' }), kind: 'base' };
}

async function pinned(image: EndpointImage, findDigest: DeploySources['findDigest']): Promise<EndpointImage> {
  const reference = parseReference(image.reference);
  if (findDigest === undefined || reference.digest !== undefined) return image;
  return { ...image, reference: formatReference({ ...reference, digest: await findDigest(reference) }) };
}

/** Sizes can do without dimensions; an interrupt is none of those cases. */
function ifUnknown(error: unknown): undefined {
  if (error instanceof AimError && error.code !== 'interrupted') return undefined;
  throw error;
}
