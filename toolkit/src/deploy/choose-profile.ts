import { findModelFacts } from 'aim-runtime/estimate';
import { findModelVram, nearestGpuModel } from 'aim-runtime/gpu';
import { comparePreference, explainFailure, selectProfile } from 'aim-runtime/profile';
import type { Profile, SelectionRequest } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import type { ModelProfiles } from '../engine/request.ts';
import type { DeployRequest } from './request.ts';
import { estimateFit } from './sizes.ts';

/** A profile with the GPUs it is deployed on. */
export interface ProfileChoice {
  readonly profile: Profile;
  readonly gpu: { readonly model: string; readonly count: number };
  readonly notes: readonly string[];
}

/** What a choice depends on besides the request. */
export interface ProfileCatalogue {
  readonly model: ModelProfiles;
  /** Ids of the profiles that the model's metadata recommends, in its order. */
  readonly recommended: readonly string[];
}

type Wanted = Pick<
  DeployRequest,
  'gpuModel' | 'gpuCount' | 'precision' | 'metric' | 'engine' | 'engineArgs' | 'checkFit'
>;

const MOST_GPUS = 8;
/** Types of profiles, best first. */
const TYPES = ['optimized', 'preview', 'unoptimized', 'general'] as const;

/**
 * The profile that was named, else the best of those that are like what was asked for: one of the model itself, that
 * fits by estimate, recommended, automatic, tuned, and on few GPUs. Pure.
 * @throws AimError usage when nothing is like that, check-failed when what is does not fit
 */
export function chooseProfile(wanted: Wanted, catalogue: ProfileCatalogue): ProfileChoice {
  const { named } = catalogue.model;
  const choice = named === undefined ? findBest(wanted, catalogue) : chooseNamed(wanted, named);
  const problems = findProblems(wanted, choice.profile, catalogue.model.model);
  if (problems.length === 0) return choice;
  if (!wanted.checkFit) return { ...choice, notes: [...choice.notes, ...problems.map((each) => `too large: ${each}`)] };
  throw failure('check-failed', {
    message: `${choice.profile.id} does not fit ${describeGpus(choice.profile)}`,
    details: problems,
    hint: 'Choose other GPUs with --gpu-model or --gpu-count, another --profile, or give --no-check-fit to try it.',
  });
}

function chooseNamed(wanted: Wanted, profile: Profile): ProfileChoice {
  const { gpu, gpuCount, engine, precision } = profile.metadata;
  const contradictions = [
    ...(wanted.gpuModel === undefined || wanted.gpuModel === gpu ? [] : [`is for ${gpu}, not for ${wanted.gpuModel}`]),
    ...(wanted.gpuCount === undefined || wanted.gpuCount === gpuCount
      ? []
      : [`is for ${gpuCount} GPUs, not for ${wanted.gpuCount}`]),
    ...(wanted.precision === undefined || wanted.precision === precision
      ? []
      : [`serves in ${precision}, not in ${wanted.precision}`]),
  ];
  if (contradictions.length > 0) {
    throw failure('usage', {
      message: `the profile ${profile.id} ${contradictions.join(', and ')}`,
      hint: 'Leave out what contradicts it, or choose another profile with aimctl profile list.',
    });
  }
  return { profile, gpu: { model: gpu, count: gpuCount }, notes: [`profile ${profile.id} (${engine}) was named`] };
}

function findBest(wanted: Wanted, { model, recommended }: ProfileCatalogue): ProfileChoice {
  const own = model.profiles.filter(({ layer }) => layer !== 'general');
  const candidates = like(wanted, own, model.model);
  const profiles = candidates.length > 0 ? candidates : like(wanted, model.profiles, model.model);
  const rank = (profile: Profile): readonly number[] => {
    const place = recommended.indexOf(profile.id);
    const { manualSelectionOnly, type, gpuCount } = profile.metadata;
    return [
      findProblems(wanted, profile, model.model).length === 0 ? 0 : 1,
      place === -1 ? recommended.length : place,
      manualSelectionOnly ? 1 : 0,
      TYPES.indexOf(type),
      gpuCount,
    ];
  };
  const [best] = profiles.sort((a, b) => compareRanks(rank(a), rank(b)) || comparePreference(a, b));
  if (best === undefined) throw nothingLikeThat(wanted, model);
  const { gpu, gpuCount } = best.metadata;
  const notes = best.layer === 'general' ? ['a general profile: nothing in it is tuned for this model'] : [];
  return { profile: best, gpu: { model: gpu, count: gpuCount }, notes };
}

/** The profiles that are compatible with what was asked for, on as many GPUs as a node has. */
function like(wanted: Wanted, profiles: readonly Profile[], model: string): Profile[] {
  return evaluate(wanted, profiles, model)
    .filter(({ state }) => state === 'compatible')
    .map(({ profile }) => profile);
}

function evaluate(wanted: Wanted, profiles: readonly Profile[], model: string) {
  const gpus = wanted.gpuModel === undefined ? profiles.map(({ metadata }) => metadata.gpu) : [wanted.gpuModel];
  const targets = [...new Set(gpus)].map((gpu) => ({ gpu, count: MOST_GPUS }));
  return selectProfile(profiles, selectionOf(wanted, model), targets).evaluations;
}

function selectionOf({ engine, metric, precision, gpuCount }: Wanted, model: string): SelectionRequest {
  return {
    engine,
    metric,
    precision: precision ?? 'auto',
    gpuCount: gpuCount ?? 'auto',
    aimId: model,
    modelId: undefined,
    profileId: undefined,
    allowGeneral: true,
  };
}

/** What the estimate of a profile on its own GPUs says against it; nothing where it is not known. */
function findProblems({ engineArgs }: Wanted, profile: Profile, model: string): string[] {
  const { gpu, gpuCount } = profile.metadata;
  const facts = findModelFacts(profile.modelId ?? model);
  const estimate = estimateFit({ profile, gpu: { model: gpu, count: gpuCount }, engineArgs, facts });
  return estimate?.problems.map(({ message }) => message) ?? [];
}

function nothingLikeThat(wanted: Wanted, { model, profiles }: ModelProfiles): Error {
  const { engine, metric, precision, gpuModel, gpuCount } = wanted;
  const where = gpuModel === undefined ? '' : ` on ${gpuCount === undefined ? '' : `${gpuCount} x `}${gpuModel}`;
  const unknown =
    gpuModel !== undefined && findModelVram(gpuModel) === undefined ? nearestGpuModel(gpuModel) : undefined;
  return failure('usage', {
    message: `no profile serves ${model} with ${engine}${precision === undefined ? '' : ` in ${precision}`} for ${metric}${where}`,
    details: explainFailure(evaluate(wanted, profiles, model), selectionOf(wanted, model)),
    hint: `${unknown === undefined ? '' : `Did you mean ${unknown}? `}Change what was asked for, or name a profile with --profile.`,
  });
}

function describeGpus({ metadata }: Profile): string {
  return `${metadata.gpuCount} x ${metadata.gpu}`;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
