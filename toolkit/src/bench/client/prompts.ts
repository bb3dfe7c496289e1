import {
  createTokenPromptMaker,
  createWordPromptMaker,
  DEFAULT_TOKEN_RANGE,
  type PromptMaker,
} from '../load/prompt-maker.ts';
import { WORDS } from '../load/words.ts';
import type { PointSpec } from '../point.ts';
import type { ServerApi } from './server-api.ts';

/** A word is one token when this many of it are as many tokens. */
const REPETITIONS = 16;

/** With fewer words than this, prompts would begin alike too often. */
const MIN_WORDS = 32;

/** Characters per token of English text, for servers that do not count. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * How a point's prompts are made. Completions take token ids, exact by themselves. Chat takes words that the server's
 * tokenizer confirms to be one token each, less what its template adds; without `/tokenize` the same words by habit,
 * and the server's usage tells what they came to.
 */
export async function preparePromptMaker(point: PointSpec, api: ServerApi): Promise<PromptMaker> {
  const ids = point.endpoint === 'completions' && point.dataset.kind !== 'multi-turn';
  if (ids) return createTokenPromptMaker(point.tokenRange ?? DEFAULT_TOKEN_RANGE);
  if (point.dataset.kind === 'sharegpt') return createWordPromptMaker(WORDS, 0);
  const template = await api.countTokens({ messages: [{ role: 'user', content: WORDS[0] ?? '' }] });
  if (template === undefined) return createWordPromptMaker(WORDS, 0);
  const words = await confirmWords(api);
  const overhead = point.endpoint === 'chat' ? template - 1 : 0;
  return createWordPromptMaker(words.length >= MIN_WORDS ? words : WORDS, Math.max(0, overhead));
}

/** Tokens of a text where an exact count is not worth a question per entry. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

async function confirmWords(api: ServerApi): Promise<string[]> {
  const counts = await Promise.all(WORDS.map((word) => api.countTokens({ text: ` ${word}`.repeat(REPETITIONS) })));
  return WORDS.filter((_, index) => counts[index] === REPETITIONS);
}
