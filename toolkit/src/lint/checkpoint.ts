import { findModelFacts, type ModelFacts } from 'aim-runtime/estimate';
import type { ProfileView } from './profile-view.ts';

const known = new Map<string, ModelFacts | undefined>();

/** Dimensions of the model that a profile serves, where this program knows them. */
export function factsOf({ modelId }: ProfileView): ModelFacts | undefined {
  if (modelId === undefined) return undefined;
  if (!known.has(modelId)) known.set(modelId, findModelFacts(modelId));
  return known.get(modelId);
}

/** Number formats of quantised weights, by the words that name them in ids and methods. */
const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/mxfp4|nvfp4|fp4/i, 'fp4'],
  [/fp8|w8a8-?fp8/i, 'fp8'],
  [/awq|gptq|int4|w4a16|4bit/i, 'int4'],
  [/int8|w8a8|8bit/i, 'int8'],
];

/** Number format of the weights that the engine ends up with. */
export interface WeightFormat {
  /** As the metadata's precision names it; undefined for weights that are not quantised. */
  readonly precision: string | undefined;
  /** What says so, for a sentence. */
  readonly source: string;
}

/** What argument, table or id say of a checkpoint's weights; undefined when nothing does. */
export function weightFormatOf(profile: ProfileView): WeightFormat | undefined {
  const quantization = profile.arg('quantization');
  if (typeof quantization?.value === 'string') {
    const precision = formatIn(quantization.value);
    return precision === undefined ? undefined : { precision, source: `${quantization.key}: ${quantization.value}` };
  }
  const facts = factsOf(profile);
  if (facts) {
    const method = facts.shape.quantization?.method;
    return {
      precision: method === undefined ? undefined : (formatIn(method) ?? formatIn(facts.id)),
      source: `${facts.id} is published ${method === undefined ? `in ${facts.shape.dtype}` : `as ${method}`}`,
    };
  }
  const named = profile.modelId === undefined ? undefined : formatIn(profile.modelId);
  return named === undefined ? undefined : { precision: named, source: `the name ${profile.modelId ?? ''}` };
}

function formatIn(text: string): string | undefined {
  return FORMATS.find(([pattern]) => pattern.test(text))?.[1];
}
