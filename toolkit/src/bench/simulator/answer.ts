import { hashBlocks } from './prefix-cache.ts';

/** Words that answers are made of; ASCII, nothing to escape in JSON. */
const WORDS = (
  'the of and to in is that it was for on are with as be at one have this from or had by word but what some we can ' +
  'out other were all there when up use your how said an each she which do their time if will way about many then ' +
  'them write would like so these her long make'
).split(' ');

const SHORTEST = 16;
const LONGEST = 128;

/** The answer to a prompt: the same every time, as with temperature 0. */
export interface Answer {
  /** Tokens after which the model would stop by itself. */
  readonly length: number;
  /** Text of so many tokens from the given position on. */
  text(from: number, tokens: number): string;
}

/** @param seed another one is another model */
export function createAnswer(prompt: readonly number[], seed: number): Answer {
  const [hash = 0] = hashBlocks([seed, ...prompt.slice(-64), prompt.length], Math.min(prompt.length, 64) + 2);
  const start = Math.floor(hash / 0x20_0000) >>> 0;
  const word = (position: number) => WORDS[(Math.imul(start ^ position, 0x9e3779b1) >>> 26) % WORDS.length] ?? '';
  return {
    length: SHORTEST + (start % (LONGEST - SHORTEST)),
    text: (from, tokens) => {
      let text = '';
      for (let at = from; at < from + tokens; at++) text += ` ${word(at)}`;
      return text;
    },
  };
}
