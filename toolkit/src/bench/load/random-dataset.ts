import type { DatasetSpec } from '../point.ts';
import type { PromptMaker } from './prompt-maker.ts';
import { createRandom, type Random } from './random.ts';
import type { PlannedTurn, RequestSource } from './request.ts';

type Of<K extends DatasetSpec['kind']> = Extract<DatasetSpec, { kind: K }>;

/** Separate the uses of a point's seed from each other. */
const LENGTHS = 2;
const PROMPTS = 3;
const PREFIXES = 4;

export interface Generation {
  readonly maker: PromptMaker;
  readonly seed: number;
}

/** Prompts without anything in common, of lengths drawn evenly from the range around the given ones. */
export function planRandomDataset(spec: Of<'random'>, { maker, seed }: Generation): RequestSource {
  return {
    turnsPerRequest: 1,
    request: (number) => {
      const lengths = createRandom(seed, LENGTHS, number);
      const inputTokens = drawLength(lengths, spec.inputLength, spec.rangeRatio);
      const outputTokens = drawLength(lengths, spec.outputLength, spec.rangeRatio);
      const pieces = [{ random: createRandom(seed, PROMPTS, number), length: inputTokens }];
      return { turns: [{ prompt: maker.make(pieces), inputTokens, outputTokens }] };
    },
  };
}

/** Prompts that begin with one of a few prefixes and go on differently; every prefix comes equally often. */
export function planSharedPrefixDataset(spec: Of<'shared-prefix'>, { maker, seed }: Generation): RequestSource {
  return {
    turnsPerRequest: 1,
    request: (number) => {
      const pieces = [
        { random: createRandom(seed, PREFIXES, number % spec.prefixes), length: spec.prefixLength },
        { random: createRandom(seed, PROMPTS, number), length: spec.inputLength },
      ];
      const inputTokens = spec.prefixLength + spec.inputLength;
      return { turns: [{ prompt: maker.make(pieces), inputTokens, outputTokens: spec.outputLength }] };
    },
  };
}

/** Conversations: every turn adds a message to what was said before. Only the new message's length is known here. */
export function planMultiTurnDataset(spec: Of<'multi-turn'>, { maker, seed }: Generation): RequestSource {
  const turn = (number: number, index: number): PlannedTurn => {
    const random = createRandom(seed, PROMPTS, number, index);
    const prompt = maker.make([{ random, length: spec.inputLength }]);
    const known = index === 0 ? { inputTokens: spec.inputLength } : {};
    return { prompt, ...known, outputTokens: spec.outputLength };
  };
  return {
    turnsPerRequest: spec.turns,
    request: (number) => ({ turns: Array.from({ length: spec.turns }, (_, index) => turn(number, index)) }),
  };
}

function drawLength(random: Random, length: number, ratio: number): number {
  const low = Math.max(1, Math.ceil(length * (1 - ratio)));
  const high = Math.max(low, Math.floor(length * (1 + ratio)));
  return low + random.below(high - low + 1);
}
