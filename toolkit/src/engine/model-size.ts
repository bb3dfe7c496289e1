import { countParameters, findModelFacts, totalParameters } from 'aim-runtime/estimate';
import type { Precision } from 'aim-runtime/profile';

/** How large a model is, and how that is known. */
export interface ModelSize {
  /** Thousands of millions of parameters. */
  readonly billions: number;
  /** For a person. */
  readonly source: string;
}

/** Numbers of GPUs an engine can split a model over. */
export const GPU_COUNTS = [1, 2, 4, 8] as const;

/** GPUs by size, each row up to its size: 7B and 8B 1, 13B and 14B 2, 32B and 34B 4, 70B and 72B 8. */
const COUNT_BY_BILLIONS = [
  { upTo: 9, count: 1 },
  { upTo: 15, count: 2 },
  { upTo: 36, count: 4 },
  { upTo: Infinity, count: 8 },
] as const;
/** Up to this size fp16 is accurate enough and faster; larger models want the range of bf16. */
const LARGEST_FP16 = 9;

/** Parameters of a model by the table of known models, else by the size in its name; undefined when neither says. */
export function findModelSize(model: string): ModelSize | undefined {
  const facts = findModelFacts(model);
  if (facts) return { billions: totalParameters(countParameters(facts.shape)) / 1e9, source: facts.source };
  const [, experts = '1', digits, unit] =
    /(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/i.exec(model) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const billions = (Number(experts) * Number(digits)) / (unit.toLowerCase() === 'm' ? 1000 : 1);
  return { billions, source: "the model's name" };
}

/** GPUs for a model of this size; all there are for one of unknown size. */
export function gpuCountFor(size: ModelSize | undefined): number {
  const row = COUNT_BY_BILLIONS.find(({ upTo }) => size !== undefined && size.billions <= upTo);
  return row?.count ?? 8;
}

/** Precision for a model of this size. */
export function precisionFor(size: ModelSize | undefined): Precision {
  return size !== undefined && size.billions <= LARGEST_FP16 ? 'fp16' : 'bf16';
}
