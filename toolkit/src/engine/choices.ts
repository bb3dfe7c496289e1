import { estimateMemory, findModelFacts } from 'aim-runtime/estimate';
import { mergeArgs } from 'aim-runtime/engine';
import { findModelVram } from 'aim-runtime/gpu';
import { explainFailure, layerPriority, selectProfile } from 'aim-runtime/profile';
import type { Engine, EngineArgs, Evaluation, Metric, Precision, Profile } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { planCandidates, type Candidate, type CandidateRequest } from './candidates.ts';
import type { HostGpu } from './gpus.ts';

/** What is to be served and what was said about how. */
export interface ChoiceRequest extends CandidateRequest {
  readonly backend: Engine;
  readonly metric: Metric;
  /** The user's own engine arguments. */
  readonly engineArgs: EngineArgs;
  /** Which of the profiles recipes made, and what a person should know of each. */
  readonly recipes: ReadonlyMap<Profile, readonly string[]>;
}

/** One way to serve the model on this host. */
export interface Choice {
  readonly profile: Profile;
  readonly precision: Precision;
  readonly gpuModel: string;
  readonly gpus: readonly HostGpu[];
  /** The user's engine arguments and what this choice adds to the profile's. */
  readonly engineArgs: EngineArgs;
  /** What a person should know about it. */
  readonly notes: readonly string[];
}

/** Ways to serve the model, best first, and why. */
export interface ChoicePlan {
  /** At least one. */
  readonly choices: readonly [Choice, ...Choice[]];
  /** How number of GPUs and precision came about. */
  readonly decisions: readonly string[];
  /** What was preferred to the first choice but is not possible, with the reason. */
  readonly rejected: readonly string[];
}

/** Types of the same width: a profile of one serves the other when the engine is told so. */
const TWINS: Partial<Record<Precision, { readonly precision: Precision; readonly dtype: string }>> = {
  bf16: { precision: 'fp16', dtype: 'bfloat16' },
  fp16: { precision: 'bf16', dtype: 'float16' },
};

/** Chooses profile, precision and GPUs; pure. @throws AimError usage when no profile fits */
export function planChoices(
  request: ChoiceRequest,
  profiles: readonly Profile[],
  usable: readonly HostGpu[],
): ChoicePlan {
  const groups = groupUsable(usable);
  const largest = Math.max(0, ...[...groups.values()].map(({ length }) => length));
  const { candidates, decisions } = planCandidates(request, largest);
  const found: Choice[] = [];
  const tooLarge: Choice[] = [];
  const rejected: string[] = [];
  for (const candidate of candidates) {
    const result = findChoice(request, candidate, { profiles, groups });
    if (result === undefined) {
      if (found.length === 0) rejected.push(`${describeCandidate(candidate)}: there is no profile`);
      continue;
    }
    const problems = findMemoryProblems(result, request.model);
    if (problems.length === 0) found.push(result);
    else {
      if (found.length === 0) rejected.push(`${describeCandidate(candidate)}: ${problems.join('; ')}`);
      tooLarge.push({ ...result, notes: [...result.notes, ...problems.map((each) => `probably too large: ${each}`)] });
    }
  }
  // An estimate may be wrong: it decides about the order, not about whether to try.
  const [first, ...rest] = distinct([...found, ...tooLarge]);
  if (first === undefined) throw nothingFits(request, profiles, groups);
  return { choices: [first, ...rest], decisions, rejected };
}

/** The choice a profile that was named makes. @throws AimError environment when too few GPUs are free */
export function chooseNamed(request: ChoiceRequest, profile: Profile, usable: readonly HostGpu[]): ChoicePlan {
  const groups = groupUsable(usable);
  const count = request.gpuCount ?? profile.metadata.gpuCount;
  const [gpuModel, gpus] = [...groups]
    .filter(([, members]) => members.length >= count)
    .sort(([a], [b]) => Number(b === profile.metadata.gpu) - Number(a === profile.metadata.gpu))[0] ?? [undefined, []];
  if (gpuModel === undefined) {
    throw failure('environment', {
      message: `the profile ${profile.id} needs ${count} x ${profile.metadata.gpu}, and ${describeGroups(groups)} free`,
      hint: 'Stop an endpoint (aimctl list), or choose another profile.',
    });
  }
  const { precision, gpu, gpuCount, engine } = profile.metadata;
  const notes = [
    ...(request.recipes.get(profile) ?? []),
    ...(gpu === gpuModel ? [] : [`the profile is for ${gpu}, the GPUs are ${gpuModel}`]),
    ...(gpuCount === count ? [] : [`the profile is for ${gpuCount} GPUs, ${count} were asked for`]),
    ...(request.precision === undefined || request.precision === precision
      ? []
      : [`the profile serves in ${precision}, not in ${request.precision}`]),
  ];
  const chosen = { profile, precision, gpuModel, gpus: gpus.slice(0, count), engineArgs: request.engineArgs };
  const memory = findMemoryProblems({ ...chosen, notes }, request.model).map((each) => `probably too large: ${each}`);
  const decisions = [`profile ${profile.id} (${engine}) was named`];
  return { choices: [{ ...chosen, notes: [...notes, ...memory] }], decisions, rejected: [] };
}

type Groups = ReadonlyMap<string, readonly HostGpu[]>;

function groupUsable(usable: readonly HostGpu[]): Groups {
  return Map.groupBy(
    usable.filter(({ gpu }) => gpu.model !== undefined),
    ({ gpu }) => gpu.model ?? '',
  );
}

function findChoice(
  request: ChoiceRequest,
  candidate: Candidate,
  { profiles, groups }: { readonly profiles: readonly Profile[]; readonly groups: Groups },
): Choice | undefined {
  const twin = TWINS[candidate.precision];
  const select = (wanted: Candidate) => selectBest(evaluate(request, wanted, { profiles, groups }), request.recipes);
  const own = select(candidate);
  const best = own ?? (twin && select({ ...candidate, precision: twin.precision }));
  if (best?.target === undefined) return undefined;
  const { profile, target, automatic } = best;
  const { gpu: gpuModel } = target;
  const notes = [
    ...(request.recipes.get(profile) ?? []),
    ...(own || !twin
      ? []
      : [`there is no ${candidate.precision} profile: the ${twin.precision} one is served with dtype ${twin.dtype}`]),
    ...(profile.layer === 'general' ? ['a general profile: nothing in it is tuned for this model'] : []),
    ...(automatic || profile.layer === 'general'
      ? []
      : ['the profile is meant to be chosen by name: fewer GPUs suffice as a rule']),
  ];
  return {
    profile,
    precision: candidate.precision,
    gpuModel,
    gpus: (groups.get(gpuModel) ?? []).slice(0, candidate.gpuCount),
    engineArgs: own || !twin ? request.engineArgs : { dtype: twin.dtype, ...request.engineArgs },
    notes,
  };
}

function evaluate(
  { model, backend, metric }: ChoiceRequest,
  { gpuCount, precision }: Candidate,
  { profiles, groups }: { readonly profiles: readonly Profile[]; readonly groups: Groups },
): readonly Evaluation[] {
  const targets = [...groups].flatMap(([gpu, members]) =>
    members.length >= gpuCount ? [{ gpu, count: members.length }] : [],
  );
  const selection = { engine: backend, metric, precision, gpuCount, profileId: undefined, allowGeneral: true };
  return selectProfile(profiles, { ...selection, aimId: model, modelId: undefined }, targets).evaluations;
}

/**
 * The model's own profile before one that a recipe made, and that before a general one, even when it waits to be
 * named: launching a model names it.
 */
function selectBest(evaluations: readonly Evaluation[], recipes: ChoiceRequest['recipes']): Evaluation | undefined {
  const layer = (profile: Profile) =>
    recipes.has(profile) ? layerPriority({ layer: 'model' }) + 0.5 : layerPriority(profile);
  const rank = ({ profile, automatic }: Evaluation) => layer(profile) * 4 + (automatic ? 0 : 1);
  const fitting = evaluations.filter(({ state }) => state === 'compatible');
  return fitting.sort((a, b) => rank(a) - rank(b))[0];
}

function findMemoryProblems({ profile, gpus, gpuModel, engineArgs }: Choice, model: string): string[] {
  const facts = findModelFacts(profile.modelId ?? model);
  const measured = gpus.flatMap(({ gpu }) => (gpu.vramTotalBytes === undefined ? [] : [gpu.vramTotalBytes]));
  const vramBytes = measured.length > 0 ? Math.min(...measured) : findModelVram(gpuModel);
  if (!facts || vramBytes === undefined) return [];
  const { problems } = estimateMemory({
    facts,
    engine: profile.metadata.engine,
    engineArgs: mergeArgs(profile.engineArgs, engineArgs).args,
    gpuCount: gpus.length,
    vramBytes,
    vramSource: measured.length > 0 ? 'the driver' : `usual memory of ${gpuModel}`,
  });
  return problems.map(({ message }) => message);
}

function distinct(choices: readonly Choice[]): Choice[] {
  const key = ({ profile, gpus, engineArgs }: Choice) => JSON.stringify([profile.id, gpus.length, engineArgs]);
  return [...new Map(choices.toReversed().map((choice) => [key(choice), choice])).values()].reverse();
}

function nothingFits(request: ChoiceRequest, profiles: readonly Profile[], groups: Groups): Error {
  const { model, backend, metric, gpuCount, precision } = request;
  const selection = {
    engine: backend,
    metric,
    precision: precision ?? ('auto' as const),
    gpuCount: gpuCount ?? ('auto' as const),
  };
  const wanted = { ...selection, aimId: model, modelId: undefined, profileId: undefined, allowGeneral: true };
  const targets = [...groups].map(([gpu, members]) => ({ gpu, count: members.length }));
  return failure('usage', {
    message: `no profile serves ${model} with ${backend}${precision === undefined ? '' : ` in ${precision}`} for ${metric} on what is free: ${describeGroups(groups)}`,
    details: explainFailure(selectProfile(profiles, wanted, targets).evaluations, wanted),
    hint: 'Change what was asked for, or name a profile with --profile.',
  });
}

function describeCandidate({ gpuCount, precision }: Candidate): string {
  return `${gpuCount} ${gpuCount === 1 ? 'GPU' : 'GPUs'} in ${precision}`;
}

function describeGroups(groups: Groups): string {
  return [...groups].map(([gpu, members]) => `${members.length} x ${gpu}`).join(', ') || 'no GPU';
}
