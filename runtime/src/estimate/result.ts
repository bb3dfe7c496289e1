import type { Engine, EngineArgs } from '../profile/types.ts';
import type { CacheSettings, TokenBytes } from './kv-cache.ts';
import type { Overhead } from './overhead.ts';
import type { ServingSettings } from './settings.ts';
import type { Figure, ModelFacts } from './types.ts';
import type { WeightFormat } from './weights.ts';

/** What is to be estimated. */
export interface MemoryRequest {
  readonly facts: ModelFacts;
  readonly engine: Engine;
  readonly engineArgs: EngineArgs;
  readonly gpuCount: number;
  /** Memory of one GPU. */
  readonly vramBytes: number;
  /** Where the size of a GPU's memory is from, for {@link Figure.source}. */
  readonly vramSource: string;
  /** Context length to look at instead of the one that the arguments or the model give. */
  readonly contextTokens?: number | undefined;
}

/** Something that keeps an engine from starting, with its numbers. */
export interface MemoryProblem {
  readonly code: 'heads' | 'weights' | 'context' | 'graphs';
  readonly message: string;
  /** What would fit. */
  readonly hint: string;
}

/** Sizes are bytes on one GPU unless the name says otherwise. */
export interface MemoryEstimate {
  readonly model: string;
  readonly fits: boolean;
  readonly problems: readonly MemoryProblem[];
  readonly parameters: number;
  /** Weights of one copy of the model over all its GPUs, without what several GPUs hold twice. */
  readonly totalWeightBytes: number;
  readonly weightBytes: number;
  readonly overhead: Overhead;
  readonly vramBytes: number;
  /** What the engine may take of it. */
  readonly budgetBytes: number;
  /** What is left for cached keys and values; negative when even the weights do not fit. */
  readonly cacheBytes: number;
  /** For each token of context; layers with a sliding window stop growing at the window. */
  readonly cacheBytesPerToken: TokenBytes;
  readonly contextTokens: number;
  /** Bytes of one sequence of that length. */
  readonly sequenceBytes: number;
  /** How many such sequences fit at the same time; the engine's own limit is `maxSequences`. */
  readonly concurrentSequences: number;
  readonly maxSequences: number;
  /** The longest context with which one sequence still fits, up to what the model was made for; 0 for none. */
  readonly largestContextTokens: number;
  readonly figures: readonly Figure[];
}

/** What an estimate says before it is judged. */
export type EstimateNumbers = Omit<MemoryEstimate, 'fits' | 'problems' | 'figures'>;

/** What the steps of an estimate know of each other. */
export interface EstimateParts {
  readonly request: MemoryRequest;
  readonly settings: ServingSettings;
  readonly format: WeightFormat;
  readonly cache: CacheSettings & { readonly window: number };
}
