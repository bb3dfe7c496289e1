import { comparePreference } from './preference.ts';
import type { Engine, Metric, Precision, Profile } from './types.ts';

/** What the user asked for, after defaults. */
export interface SelectionRequest {
  /** Container identity; set in model images. */
  readonly aimId: string | undefined;
  /** Model to deploy; set for base images. */
  readonly modelId: string | undefined;
  readonly engine: Engine;
  readonly metric: Metric;
  readonly precision: Precision | 'auto';
  /** Exactly this many GPUs; `auto` means as many as a target has, or fewer. */
  readonly gpuCount: number | 'auto';
  readonly profileId: string | undefined;
  readonly allowGeneral: boolean;
}

/** GPUs of one model that a profile could run on. */
export interface GpuTarget {
  readonly gpu: string;
  readonly count: number;
}

export const REASON_CODES = [
  'engine_mismatch',
  'metric_mismatch',
  'model_mismatch',
  'gpu_mismatch',
  'precision_mismatch',
  'manual_selection_only',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** A check that failed. */
export interface Reason {
  readonly code: ReasonCode;
  readonly expected: string;
  readonly actual: string;
}

export const STATES = [
  'compatible',
  'gpu_mismatch',
  'precision_mismatch',
  'model_mismatch',
  'engine_mismatch',
  'metric_mismatch',
  'unknown',
] as const;
export type CompatibilityState = (typeof STATES)[number];

/** A profile held against the request, with every failed check. */
export interface Evaluation {
  readonly profile: Profile;
  readonly state: CompatibilityState;
  /** True when automatic selection may take it. */
  readonly automatic: boolean;
  readonly reasons: readonly Reason[];
  /** The GPUs it was held against; undefined when there are none. */
  readonly target: GpuTarget | undefined;
}

export interface Selection {
  /** The profile to run; undefined when nothing fits. */
  readonly selected: Evaluation | undefined;
  /** All profiles, best first within a state, in a total order that never depends on the file system. */
  readonly evaluations: readonly Evaluation[];
}

/** Holds every profile against the request and picks one; pure. An explicit id is taken whatever its checks say. */
export function selectProfile(
  profiles: readonly Profile[],
  request: SelectionRequest,
  targets: readonly GpuTarget[],
): Selection {
  const evaluations = profiles
    .map((profile) => evaluate(profile, request, targets))
    .sort((a, b) => comparePreference(a.profile, b.profile));
  const selected =
    request.profileId === undefined
      ? evaluations.find((evaluation) => evaluation.automatic)
      : evaluations.find((evaluation) => evaluation.profile.id === request.profileId);
  return { selected, evaluations };
}

function evaluate(profile: Profile, request: SelectionRequest, targets: readonly GpuTarget[]): Evaluation {
  const { target, reason } = fitTarget(profile, request, targets);
  const reasons = [
    engineReason(profile, request),
    metricReason(profile, request),
    modelReason(profile, request),
    reason,
    precisionReason(profile, request),
    manualReason(profile, request),
  ].filter((each) => each !== undefined);
  const first = reasons[0]?.code ?? 'manual_selection_only';
  const state = first === 'manual_selection_only' ? 'compatible' : first;
  return { profile, state, automatic: reasons.length === 0, reasons, target };
}

function engineReason({ metadata }: Profile, { engine }: SelectionRequest): Reason | undefined {
  return metadata.engine === engine
    ? undefined
    : { code: 'engine_mismatch', expected: engine, actual: metadata.engine };
}

function metricReason({ metadata }: Profile, { metric }: SelectionRequest): Reason | undefined {
  return metadata.metric === metric
    ? undefined
    : { code: 'metric_mismatch', expected: metric, actual: metadata.metric };
}

/** A profile that names no model fits any; in a base image a model's own profile fits by either of its names. */
function modelReason({ aimId, modelId }: Profile, request: SelectionRequest): Reason | undefined {
  if (aimId === undefined && modelId === undefined) return undefined;
  const wanted = request.aimId ?? request.modelId ?? '';
  const own = aimId ?? modelId ?? '';
  if (own === wanted || (request.aimId === undefined && modelId === wanted)) return undefined;
  return { code: 'model_mismatch', expected: wanted, actual: own };
}

function precisionReason({ metadata }: Profile, { precision }: SelectionRequest): Reason | undefined {
  if (precision === 'auto' || metadata.precision === precision) return undefined;
  return { code: 'precision_mismatch', expected: precision, actual: metadata.precision };
}

function manualReason(profile: Profile, request: SelectionRequest): Reason | undefined {
  if (profile.metadata.manualSelectionOnly) {
    return {
      code: 'manual_selection_only',
      expected: 'a profile for automatic selection',
      actual: 'manual_selection_only: true',
    };
  }
  if (profile.layer !== 'general' || request.allowGeneral) return undefined;
  return {
    code: 'manual_selection_only',
    expected: 'a profile of this model',
    actual: 'a general profile, which AIM_ALLOW_GENERAL_PROFILE_FALLBACK=false leaves to AIM_PROFILE_ID',
  };
}

/** The group of GPUs the profile runs on; without one, the failed check against the nearest group. */
function fitTarget(
  { metadata }: Profile,
  request: SelectionRequest,
  targets: readonly GpuTarget[],
): { target: GpuTarget | undefined; reason?: Reason } {
  const target = targets.find(({ gpu }) => gpu === metadata.gpu) ?? targets[0];
  const wanted = request.gpuCount === 'auto' ? target?.count : request.gpuCount;
  const countFits = request.gpuCount === 'auto' ? metadata.gpuCount <= (wanted ?? 0) : metadata.gpuCount === wanted;
  if (target?.gpu === metadata.gpu && countFits) return { target };
  const atMost = request.gpuCount === 'auto' ? 'at most ' : '';
  return {
    target,
    reason: {
      code: 'gpu_mismatch',
      expected: target ? `${target.gpu} x ${atMost}${wanted ?? 0}` : 'no GPU detected',
      actual: `${metadata.gpu} x ${metadata.gpuCount}`,
    },
  };
}
