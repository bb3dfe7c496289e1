import type { Random } from './random.ts';
import type { Prompt } from './request.ts';

/** Makes a prompt of exact length from pieces, each drawn from its own stream: equal streams give equal pieces. */
export interface PromptMaker {
  make(pieces: readonly PromptPiece[]): Prompt;
}

export interface PromptPiece {
  readonly random: Random;
  /** Tokens. */
  readonly length: number;
}

/** Ids that random prompts draw from, `toId` excluded. */
export interface TokenRange {
  readonly fromId: number;
  readonly toId: number;
}

/** Above the special tokens and below the end of every vocabulary in use. */
export const DEFAULT_TOKEN_RANGE: TokenRange = { fromId: 1000, toId: 30_000 };

/** Prompts as token ids: their length is exact for every model. */
export function createTokenPromptMaker({ fromId, toId }: TokenRange): PromptMaker {
  return {
    make: (pieces) => {
      const tokens = new Uint32Array(pieces.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const { random, length } of pieces)
        for (const end = at + length; at < end; at++) tokens[at] = fromId + random.below(toId - fromId);
      return { kind: 'tokens', tokens };
    },
  };
}

/** Prompts as words that are one token each; `overhead` tokens are what the chat template adds to a message. */
export function createWordPromptMaker(words: readonly string[], overhead: number): PromptMaker {
  return {
    make: (pieces) => {
      const chosen: string[] = [];
      for (const { random, length } of pieces)
        for (let index = 0; index < length; index++) chosen.push(words[random.below(words.length)] ?? '');
      const length = Math.max(1, chosen.length - overhead);
      return { kind: 'text', text: chosen.slice(0, length).join(' ') };
    },
  };
}
