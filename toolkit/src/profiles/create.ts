import { findModelFacts } from 'aim-runtime/estimate';
import { findModelGfx } from 'aim-runtime/gpu';
import type { Engine, Metric, Precision, ProfileType } from 'aim-runtime/profile';
import { nativeNotes, type NewProfile } from './clone.ts';
import { cacheDtype, plainDtype } from './dtypes.ts';
import { formatProfile } from './format.ts';
import { profileFileName } from './naming.ts';

/** What a profile is for. */
export interface ProfileWish {
  /** `org/model` of the image; undefined for a general profile. */
  readonly aimId: string | undefined;
  /** Checkpoint to serve; the image's own model unless said. */
  readonly modelId: string | undefined;
  readonly engine: Engine;
  readonly gpu: string;
  readonly precision: Precision;
  readonly gpuCount: number;
  readonly metric: Metric;
  readonly type: Exclude<ProfileType, 'general'>;
  /** The runtime never selects it by itself. */
  readonly manual: boolean;
}

/** Longest context a new profile asks for, as far as the model goes; enough for most uses with room for many sequences. */
const DEFAULT_CONTEXT_TOKENS = 32_768;

/** A profile with the engine's usual settings for this hardware, to start tuning from. */
export function createProfile(wish: ProfileWish): NewProfile {
  const { aimId, modelId, engine, gpu, precision, gpuCount, metric } = wish;
  const lines = [
    ...(aimId === undefined ? [] : [`aim_id: ${aimId}`, `model_id: ${modelId ?? aimId}`]),
    'metadata:',
    `  engine: ${engine}`,
    `  gpu: ${gpu}`,
    `  precision: ${precision}`,
    `  gpu_count: ${gpuCount}`,
    `  metric: ${metric}`,
    `  manual_selection_only: ${wish.manual}`,
    `  type: ${aimId === undefined ? 'general' : wish.type}`,
    'engine_args:',
    ...Object.entries(engine === 'vllm' ? vllmArgs(wish) : sglangArgs(wish)).map(
      ([key, value]) => `  ${key}: ${value}`,
    ),
    'env_vars:',
    ...Object.entries(variables(engine, gpu)).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
  ];
  const text = formatProfile(`# SPDX-License-Identifier: MIT\n${lines.join('\n')}\n`);
  return { fileName: profileFileName(wish), text, notes: nativeNotes(gpu, precision) };
}

function vllmArgs(wish: ProfileWish): Record<string, string | number> {
  return {
    ...(wish.gpuCount > 1 ? { 'distributed-executor-backend': 'mp' } : {}),
    ...dtypeArg(wish),
    'gpu-memory-utilization': 0.9,
    ...cacheArg(wish),
    ...contextArg(wish, 'max-model-len'),
    'tensor-parallel-size': wish.gpuCount,
  };
}

function sglangArgs(wish: ProfileWish): Record<string, string | number> {
  return {
    ...contextArg(wish, 'context-length'),
    ...dtypeArg(wish),
    ...cacheArg(wish),
    'mem-fraction-static': 0.85,
    'tensor-parallel-size': wish.gpuCount,
  };
}

function dtypeArg({ precision }: ProfileWish): Record<string, string> {
  return { dtype: plainDtype(precision) ?? 'auto' };
}

function cacheArg({ engine, precision }: ProfileWish): Record<string, string> {
  const dtype = cacheDtype(engine, precision);
  return dtype === undefined ? {} : { 'kv-cache-dtype': dtype };
}

function contextArg({ aimId, modelId }: ProfileWish, key: string): Record<string, number> {
  const id = modelId ?? aimId;
  const longest = id === undefined ? undefined : findModelFacts(id)?.shape.maxPositions;
  return longest === undefined ? {} : { [key]: Math.min(longest, DEFAULT_CONTEXT_TOKENS) };
}

function variables(engine: Engine, gpu: string): Record<string, string> {
  const aiter = /^gfx9[45]/.test(findModelGfx(gpu) ?? '');
  return {
    HSA_NO_SCRATCH_RECLAIM: '1',
    ...(engine === 'vllm' ? { VLLM_DO_NOT_TRACK: '1', VLLM_ROCM_USE_AITER: aiter ? '1' : '0' } : {}),
    ...(engine === 'sglang' && aiter ? { SGLANG_USE_AITER: '1' } : {}),
  };
}
