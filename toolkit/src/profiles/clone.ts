import { basename } from 'node:path';
import { findModelGfx, nativePrecisions } from 'aim-runtime/gpu';
import type { Metric, Precision, Profile } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { argumentName } from './argument-names.ts';
import { cacheDtype, plainDtype } from './dtypes.ts';
import { editProfile, type Edit } from './edit.ts';
import { readGpuSplit, tensorSizeFor, type GpuSplit } from './gpu-split.ts';
import { formatInName, profileFileName } from './naming.ts';

/** What a copy differs in; undefined keeps the original's. */
export interface CloneChanges {
  readonly gpu: string | undefined;
  readonly precision: Precision | undefined;
  readonly gpuCount: number | undefined;
  readonly metric: Metric | undefined;
  /** Checkpoint of the copy. */
  readonly modelId: string | undefined;
  /** Let the runtime select the copy by itself. */
  readonly automatic: boolean;
}

export interface CloneSource {
  readonly profile: Profile;
  readonly text: string;
  /** Profiles of the same model: they know its checkpoints for other precisions. */
  readonly siblings: readonly Profile[];
}

/** A profile to be written. */
export interface NewProfile {
  readonly fileName: string;
  readonly text: string;
  /** What the author should look at. */
  readonly notes: readonly string[];
}

/**
 * A copy of a profile for other hardware, another precision, number of GPUs or metric, with what depends on them
 * adjusted. A copy was never measured, so its type is `unoptimized`, and it is not selected unless asked for.
 * @throws AimError usage when the GPUs do not divide, when nothing says which checkpoint to serve, for a checkpoint of a
 *   general profile, and for a text that cannot be edited
 */
export function cloneProfile(source: CloneSource, changes: CloneChanges): NewProfile {
  const { profile, text } = source;
  const { metadata } = profile;
  const target = {
    ...metadata,
    gpu: changes.gpu ?? metadata.gpu,
    precision: changes.precision ?? metadata.precision,
    gpuCount: changes.gpuCount ?? metadata.gpuCount,
    metric: changes.metric ?? metadata.metric,
  };
  const edits = [
    ...hardwareEdits(profile, target),
    ...countEdits(profile, target.gpuCount),
    ...precisionEdits(source, target.precision, changes.modelId),
    { section: 'metadata', key: 'metric', value: target.metric } as const,
    ...standingEdits(profile, changes.automatic),
  ];
  const format =
    target.precision === metadata.precision ? formatInName(basename(profile.path), target.precision) : undefined;
  return {
    fileName: profileFileName(target, format),
    text: editProfile(text, edits),
    notes: [...nativeNotes(target.gpu, target.precision), ...metricNotes(changes.metric, metadata.metric)],
  };
}

type Target = Pick<Profile['metadata'], 'gpu' | 'gpuCount' | 'precision' | 'metric'>;

function hardwareEdits({ source, metadata, envVars }: Profile, { gpu }: Target): Edit[] {
  if (gpu === metadata.gpu) return [];
  const gfx = findModelGfx(gpu);
  const edits: Edit[] = [{ section: 'metadata', key: gpuKey(source), value: gpu }];
  if ('GPU_ARCHS' in envVars && gfx !== undefined) {
    edits.push({ section: 'env_vars', key: 'GPU_ARCHS', value: JSON.stringify(gfx) });
  }
  // AITER has kernels for the Instinct MI300 and MI350 series only.
  if ('VLLM_ROCM_USE_AITER' in envVars && gfx !== undefined) {
    const supported = /^gfx9[45]/.test(gfx);
    const wasSupported = /^gfx9[45]/.test(findModelGfx(metadata.gpu) ?? '');
    if (supported !== wasSupported) {
      edits.push({ section: 'env_vars', key: 'VLLM_ROCM_USE_AITER', value: supported ? '"1"' : '"0"' });
    }
  }
  return edits;
}

function countEdits({ source, metadata, engineArgs }: Profile, gpuCount: number): Edit[] {
  if (gpuCount === metadata.gpuCount) return [];
  const split = readGpuSplit(metadata.engine, engineArgs);
  const tensor = tensorSizeFor(split, gpuCount);
  if (tensor === undefined) throw indivisible(gpuCount, split);
  const key = 'accelerator_count' in metadataOf(source) ? 'accelerator_count' : 'gpu_count';
  return [
    { section: 'metadata', key, value: `${gpuCount}` },
    { section: 'engine_args', key: 'tensor-parallel-size', value: `${tensor}` },
  ];
}

function indivisible(gpuCount: number, { groups, attentionCopies }: GpuSplit): Error {
  const wanted = groups * attentionCopies;
  return failure('usage', {
    message: `${gpuCount} GPUs cannot be shared out: the profile's pipeline and data parallelism need a multiple of ${wanted}`,
    hint: 'Name another number of GPUs, or change pipeline-parallel-size or data-parallel-size of the profile first.',
  });
}

function precisionEdits(source: CloneSource, precision: Precision, modelId: string | undefined): Edit[] {
  const { profile } = source;
  const before = profile.metadata.precision;
  if (modelId !== undefined && profile.metadata.type === 'general') {
    throw failure('usage', {
      message: 'a general profile serves any model, so a copy of it cannot name one',
      hint: 'Leave out --model-id.',
    });
  }
  const model: Edit[] = modelId === undefined ? [] : [{ section: undefined, key: 'model_id', value: modelId }];
  if (precision === before) return model;
  const plain = plainDtype(precision);
  const cache = cacheDtype(profile.metadata.engine, precision);
  const argument = (key: string, value: string | undefined): Edit => ({ section: 'engine_args', key, value });
  const has = (name: string) => Object.keys(profile.engineArgs).some((key) => argumentName(key) === name);
  return [
    ...(modelId === undefined ? checkpointEdits(source, precision) : model),
    { section: 'metadata', key: 'precision', value: precision },
    ...(plain === undefined && !has('dtype') ? [] : [argument('dtype', plain ?? 'auto')]),
    ...(has('quantization') ? [argument('quantization', undefined)] : []),
    ...(cache === undefined ? [] : [argument('kv-cache-dtype', cache)]),
    ...(before === 'fp8' && has('kv-cache-dtype') ? [argument('kv-cache-dtype', undefined)] : []),
  ];
}

function isPlain(precision: Precision): boolean {
  return plainDtype(precision) !== undefined;
}

/** Formats of 16 and 32 bits are computed from one checkpoint; quantised ones have checkpoints of their own. */
function checkpointEdits({ profile, siblings }: CloneSource, precision: Precision): Edit[] {
  const { precision: before } = profile.metadata;
  if (profile.modelId === undefined || (isPlain(before) && isPlain(precision))) return [];
  const sibling = siblings.find(
    ({ metadata, modelId }) =>
      modelId !== undefined &&
      (metadata.precision === precision || (isPlain(precision) && isPlain(metadata.precision))),
  );
  if (sibling?.modelId !== undefined) return [{ section: undefined, key: 'model_id', value: sibling.modelId }];
  throw failure('usage', {
    message: `${profile.modelId} holds ${before}, and no profile of this model says which checkpoint holds ${precision}`,
    hint: 'Name it with --model-id ORG/MODEL.',
  });
}

function standingEdits({ metadata, source }: Profile, automatic: boolean): Edit[] {
  if (metadata.type === 'general') return [];
  const manual = { section: 'metadata', key: 'manual_selection_only', value: automatic ? 'false' : 'true' } as const;
  const type = { section: 'metadata', key: 'type', value: 'unoptimized' } as const;
  return 'manual_selection_only' in metadataOf(source) || !automatic ? [manual, type] : [type];
}

function metadataOf(source: Profile['source']): Readonly<Record<string, unknown>> {
  return source['metadata'] as Readonly<Record<string, unknown>>;
}

function gpuKey(source: Profile['source']): string {
  return 'accelerator_model' in metadataOf(source) ? 'accelerator_model' : 'gpu';
}

/** Says when a GPU has to emulate the precision. */
export function nativeNotes(gpu: string, precision: Precision): string[] {
  const gfx = findModelGfx(gpu);
  const native = gfx === undefined ? undefined : nativePrecisions(gfx);
  if (!native || native.includes(precision)) return [];
  return [`${gpu} (${gfx ?? ''}) does not compute ${precision} itself; native are ${native.join(', ')}`];
}

function metricNotes(wanted: Metric | undefined, before: Metric): string[] {
  if (wanted === undefined || wanted === before) return [];
  return [`batch sizes and scheduling are still those for ${before}`];
}
