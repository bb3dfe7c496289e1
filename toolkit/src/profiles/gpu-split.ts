import { readServingSettings } from 'aim-runtime/estimate';
import type { Engine, EngineArgs } from 'aim-runtime/profile';
import { argumentName } from './argument-names.ts';

/** How a profile's engine arguments share a model out among GPUs. */
export interface GpuSplit {
  /** GPUs that share each layer; undefined where nothing says it, which is 1 to the engines. */
  readonly tensor: number | undefined;
  /** How often that many GPUs are needed: pipeline stages times copies of the model. */
  readonly groups: number;
  /** Copies whose attention shares the GPUs of one tensor group; 1 without. */
  readonly attentionCopies: number;
}

/** Reads the split from engine arguments, whatever names they use; of several the last counts, as for the engine. */
export function readGpuSplit(engine: Engine, engineArgs: EngineArgs): GpuSplit {
  const args = Object.fromEntries(Object.entries(engineArgs).map(([key, value]) => [argumentName(key), value]));
  // Neither the memory nor the number of GPUs matters to what the arguments say.
  const { parallel } = readServingSettings(engine, args, { vramBytes: 0, gpuCount: 1 });
  const { tensor, pipeline, data } = parallel;
  const shared = engine === 'sglang' && 'enable-dp-attention' in args && args['enable-dp-attention'] !== false;
  return {
    tensor: 'tensor-parallel-size' in args ? tensor : undefined,
    groups: pipeline * (shared ? 1 : data),
    attentionCopies: shared ? data : 1,
  };
}

/** The tensor-parallel size that uses all of so many GPUs; undefined when they do not divide. */
export function tensorSizeFor({ groups, attentionCopies }: GpuSplit, gpuCount: number): number | undefined {
  const size = gpuCount / groups;
  return Number.isInteger(size) && size % attentionCopies === 0 ? size : undefined;
}
