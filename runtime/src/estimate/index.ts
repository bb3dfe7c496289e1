/** Public surface of `aim-runtime/estimate`: how much memory a model takes with given engine arguments. */
export { estimateMemory } from './estimate.ts';
export { renderGib } from './gib.ts';
export type { TokenBytes } from './kv-cache.ts';
export { loadModelFacts } from './load-facts.ts';
export { parseModelConfig } from './model-config.ts';
export { findModelFacts, KNOWN_MODELS } from './models.ts';
export type { Overhead } from './overhead.ts';
export type { MemoryEstimate, MemoryProblem, MemoryRequest } from './result.ts';
export { readServingSettings } from './settings.ts';
export type { ServingSettings } from './settings.ts';
export type { ExpertShape, Figure, LatentShape, ModelFacts, ModelShape, Quantization, SlidingShape } from './types.ts';
export { checkpointBytes, countParameters, formatForDtype, publishedFormat, totalParameters } from './weights.ts';
export type { ParameterCounts, Parallelism, WeightFormat } from './weights.ts';
