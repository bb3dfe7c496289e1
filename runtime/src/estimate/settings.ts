import { canonicalName } from '../engine/names.ts';
import type { ArgValue, Engine, EngineArgs } from '../profile/types.ts';
import type { Parallelism } from './weights.ts';

/** The engine arguments that decide about memory, in one form for all engines. */
export interface ServingSettings {
  readonly engine: Engine;
  readonly parallel: Parallelism;
  readonly dtype: string;
  readonly quantization: string | undefined;
  readonly cacheDtype: string;
  /** Share of a GPU's memory that the engine takes. */
  readonly memoryShare: number;
  /** Longest context asked for; undefined for the model's own. */
  readonly maxModelTokens: number | undefined;
  readonly maxSequences: number;
  /** Tokens of one engine step. */
  readonly stepTokens: number;
  readonly blockTokens: number;
  readonly chunkedPrefill: boolean;
  readonly graphs: boolean;
  readonly slidingBounded: boolean;
  readonly cpuOffloadBytes: number;
}

const GIB = 1024 ** 3;
/** vLLM's defaults depend on whether a GPU has this much memory. */
const LARGE_GPU_BYTES = 70 * GIB;
const SUFFIXES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Reads the settings of a profile's engine arguments, with the engine's defaults for a GPU of this size. */
export function readServingSettings(
  engine: Engine,
  engineArgs: EngineArgs,
  { vramBytes, gpuCount }: { readonly vramBytes: number; readonly gpuCount: number },
): ServingSettings {
  const args = new Map(Object.entries(engineArgs).map(([name, value]) => [canonicalName(name), value]));
  const reader = {
    number: (...names: string[]) =>
      names.map((name) => parseCount(args.get(name))).find((value) => value !== undefined),
    text: (name: string) => textOf(args.get(name)),
    on: (name: string) => args.has(name) && args.get(name) !== false,
  };
  return engine === 'vllm'
    ? readVllm(reader, { large: vramBytes >= LARGE_GPU_BYTES, gpuCount })
    : readSglang(reader, gpuCount);
}

interface ArgReader {
  readonly number: (...names: string[]) => number | undefined;
  readonly text: (name: string) => string | undefined;
  readonly on: (name: string) => boolean;
}

function readVllm(args: ArgReader, { large, gpuCount }: { large: boolean; gpuCount: number }): ServingSettings {
  return {
    engine: 'vllm',
    parallel: readParallel(args, gpuCount, args.on('enable-expert-parallel')),
    dtype: args.text('dtype') ?? 'auto',
    quantization: args.text('quantization'),
    cacheDtype: args.text('kv-cache-dtype') ?? 'auto',
    memoryShare: args.number('gpu-memory-utilization') ?? 0.9,
    maxModelTokens: args.number('max-model-len'),
    maxSequences: args.number('max-num-seqs') ?? (large ? 1024 : 256),
    stepTokens: args.number('max-num-batched-tokens') ?? (large ? 8192 : 2048),
    blockTokens: args.number('block-size') ?? 16,
    chunkedPrefill: !args.on('no-enable-chunked-prefill') || args.number('max-num-batched-tokens') !== undefined,
    graphs: !args.on('enforce-eager'),
    slidingBounded: !args.on('disable-hybrid-kv-cache-manager'),
    cpuOffloadBytes: (args.number('cpu-offload-gb') ?? 0) * GIB,
  };
}

function readSglang(args: ArgReader, gpuCount: number): ServingSettings {
  return {
    engine: 'sglang',
    parallel: readParallel(args, gpuCount, (args.number('ep-size', 'expert-parallel-size') ?? 1) > 1),
    dtype: args.text('dtype') ?? 'auto',
    quantization: args.text('quantization'),
    cacheDtype: args.text('kv-cache-dtype') ?? 'auto',
    memoryShare: args.number('mem-fraction-static') ?? 0.88,
    maxModelTokens: args.number('context-length'),
    maxSequences: args.number('max-running-requests') ?? 256,
    stepTokens: args.number('chunked-prefill-size') ?? 8192,
    blockTokens: args.number('page-size') ?? 1,
    chunkedPrefill: true,
    graphs: !args.on('disable-cuda-graph'),
    slidingBounded: !args.on('disable-hybrid-swa-memory'),
    cpuOffloadBytes: (args.number('cpu-offload-gb') ?? 0) * GIB,
  };
}

function readParallel(args: ArgReader, gpuCount: number, expertParallel: boolean): Parallelism {
  const pipeline = args.number('pipeline-parallel-size', 'pp-size') ?? 1;
  const data = args.number('data-parallel-size', 'dp-size') ?? 1;
  const tensor =
    args.number('tensor-parallel-size', 'tp-size', 'tp') ?? Math.max(1, Math.floor(gpuCount / (pipeline * data)));
  return { tensor, pipeline, data, expertParallel };
}

/** A number, also as text and with a unit: `32k`, `8K`. */
function parseCount(value: ArgValue | undefined): number | undefined {
  if (typeof value === 'number') return value > 0 ? value : undefined;
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(textOf(value) ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (SUFFIXES[suffix] ?? 1);
}

function textOf(value: ArgValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
