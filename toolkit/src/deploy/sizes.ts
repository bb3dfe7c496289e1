import {
  checkpointBytes,
  estimateMemory,
  publishedFormat,
  type MemoryEstimate,
  type ModelFacts,
} from 'aim-runtime/estimate';
import { canonicalName, mergeArgs } from 'aim-runtime/engine';
import { findModelVram } from 'aim-runtime/gpu';
import type { ArgValue, EngineArgs, Profile } from 'aim-runtime/profile';
import type { PlannedSizes } from './deployment-plan.ts';
import type { CacheKind } from './request.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Front end, tokenizer and scheduler of an engine. */
const FRONT_END_BYTES = 16 * GIB;
/** A worker with its ROCm libraries and pinned buffers. */
const WORKER_BYTES = 8 * GIB;
/** Files of a checkpoint are read and converted in pieces. */
const LOADING_SHARE = 0.1;
/** Compilation and loading take more for a while than serving does. */
const LIMIT_FACTOR = 1.5;
const CORES_PER_GPU = 4;
const LEAST_SHARED_BYTES = 8 * GIB;
const SHARED_PER_GPU_BYTES = 4 * GIB;

/** Start of the process, compilation of kernels and capture of graphs on a node that has none cached. */
const FIXED_START_SECONDS = 900;
/** A slow network volume. */
const READ_BYTES_PER_SECOND = 200 * MIB;
/** A slow line to the hub. */
const DOWNLOAD_BYTES_PER_SECOND = 50 * MIB;

const CACHE_FACTOR = 1.1;
const CACHE_SPARE_BYTES = 5 * GIB;
const CACHE_STEP_BYTES = 10 * GIB;

/** What sizes depend on. */
export interface SizeInput {
  readonly profile: Profile;
  readonly gpu: { readonly model: string; readonly count: number };
  /** The user's, on top of the profile's. */
  readonly engineArgs: EngineArgs;
  /** Undefined when nobody knows the model's dimensions. */
  readonly facts: ModelFacts | undefined;
  readonly cache: CacheKind;
  /** As the user said. */
  readonly cacheBytes: number | undefined;
}

/** What decides about the memory of the GPUs. */
export type FitInput = Pick<SizeInput, 'profile' | 'gpu' | 'engineArgs' | 'facts'>;

/** The memory estimate of a profile on these GPUs; undefined where model or GPU are not known. */
export function estimateFit({ profile, gpu, engineArgs, facts }: FitInput): MemoryEstimate | undefined {
  const vramBytes = findModelVram(gpu.model);
  if (!facts || vramBytes === undefined) return undefined;
  return estimateMemory({
    facts,
    engine: profile.metadata.engine,
    engineArgs: mergeArgs(profile.engineArgs, engineArgs).args,
    gpuCount: gpu.count,
    vramBytes,
    vramSource: `usual memory of ${gpu.model}`,
  });
}

/** What a replica takes of its node; pure. A model of unknown size is taken to fill its GPUs. */
export function computeSizes(input: SizeInput): PlannedSizes {
  const { profile, gpu, engineArgs, facts, cache } = input;
  const fullBytes = (findModelVram(gpu.model) ?? 0) * gpu.count;
  const weightBytes = estimateFit(input)?.totalWeightBytes ?? fullBytes;
  const fileBytes = facts
    ? (facts.measuredWeightBytes ?? checkpointBytes(facts.shape, publishedFormat(facts.shape)))
    : fullBytes;
  const sharedMemoryBytes = Math.max(LEAST_SHARED_BYTES, SHARED_PER_GPU_BYTES * gpu.count);
  const request =
    FRONT_END_BYTES +
    gpu.count * (WORKER_BYTES + hostBytesPerGpu(mergeArgs(profile.engineArgs, engineArgs).args)) +
    LOADING_SHARE * weightBytes;
  const downloads = cache === 'preload' ? 0 : fileBytes / DOWNLOAD_BYTES_PER_SECOND;
  return {
    cpuCores: CORES_PER_GPU * gpu.count,
    memoryRequestBytes: roundUp(request, GIB),
    memoryLimitBytes: roundUp(request * LIMIT_FACTOR + sharedMemoryBytes, GIB),
    sharedMemoryBytes,
    cacheBytes: input.cacheBytes ?? roundUp(fileBytes * CACHE_FACTOR + CACHE_SPARE_BYTES, CACHE_STEP_BYTES),
    startupSeconds: roundUp(FIXED_START_SECONDS + fileBytes / READ_BYTES_PER_SECOND + downloads, 60),
  };
}

/** Memory of the host that engine arguments ask for, in bytes for each GPU. */
function hostBytesPerGpu(engineArgs: EngineArgs): number {
  const args = new Map(Object.entries(engineArgs).map(([name, value]) => [canonicalName(name), value]));
  return (gibOf(args.get('cpu-offload-gb')) + gibOf(args.get('swap-space'))) * GIB;
}

function gibOf(value: ArgValue | undefined): number {
  const gib = Number(value);
  return Number.isFinite(gib) && gib > 0 ? gib : 0;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
