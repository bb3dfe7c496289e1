import type { DatasetSpec } from '../point.ts';
import { parseJsonlEntry, type FileEntry } from './jsonl.ts';
import type { PromptMaker } from './prompt-maker.ts';
import { createRandom, type Random } from './random.ts';
import type { PlannedTurn, Prompt, RequestSource } from './request.ts';
import { parseShareGpt } from './sharegpt.ts';

type FileSpec = Extract<DatasetSpec, { kind: 'sharegpt' | 'jsonl' }>;

export interface FileOptions {
  readonly text: string;
  readonly maker: PromptMaker;
  readonly seed: number;
  readonly countTokens: (text: string) => number;
  /** Takes the entries from the end, without their times: what a warm-up does. */
  readonly reversed: boolean;
}

const PROMPTS = 5;
const BLOCKS = 6;
const ORDER = 7;

/** Tokens of a block that traces of Mooncake's form name by a hash. */
const BLOCK_TOKENS = 512;

/**
 * Requests of a file. Conversations come in an order of the seed, as their authors' order often has a drift; lines of a
 * JSONL file keep theirs, or come in the order of the times that all of them record.
 * @throws RangeError naming the first entry that cannot be read
 */
export function planFileDataset(spec: FileSpec, options: FileOptions): RequestSource {
  const read = spec.kind === 'sharegpt' ? readShareGpt(options) : readJsonl(options.text);
  if (read.length === 0) throw new RangeError(`${spec.path} has no usable entry`);
  const entries = options.reversed ? read.toReversed() : read;
  const timestampsMs = options.reversed ? undefined : readTimes(entries);
  return {
    count: entries.length,
    ...(timestampsMs !== undefined && { timestampsMs }),
    turnsPerRequest: 1,
    request: (number) => {
      const entry = entries[number % entries.length];
      if (entry === undefined) throw new RangeError('no such entry');
      return { turns: [planTurn(entry, number, { ...options, outputLength: spec.outputLength })] };
    },
  };
}

function planTurn(
  entry: FileEntry,
  number: number,
  { maker, seed, countTokens, outputLength }: FileOptions & { readonly outputLength: number | undefined },
): PlannedTurn {
  const prompt = entry.prompt ?? makePrompt(entry, number, { maker, seed });
  const inputTokens = entry.inputTokens ?? countPrompt(prompt, countTokens);
  const outputTokens =
    outputLength ?? entry.outputTokens ?? (entry.answer === undefined ? undefined : countTokens(entry.answer));
  return {
    prompt,
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens: Math.max(1, outputTokens) }),
  };
}

/** A prompt of the recorded length; blocks of the same hash are the same tokens, as they were in the trace. */
function makePrompt(entry: FileEntry, number: number, { maker, seed }: Pick<FileOptions, 'maker' | 'seed'>): Prompt {
  const length = entry.inputTokens ?? 0;
  const pieces: { random: Random; length: number }[] = [];
  let left = length;
  for (const hash of entry.blocks ?? []) {
    if (left <= 0) break;
    pieces.push({ random: createRandom(seed, BLOCKS, hash), length: Math.min(BLOCK_TOKENS, left) });
    left -= BLOCK_TOKENS;
  }
  if (left > 0) pieces.push({ random: createRandom(seed, PROMPTS, number), length: left });
  return maker.make(pieces);
}

function countPrompt(prompt: Prompt, countTokens: (text: string) => number): number | undefined {
  if (prompt.kind === 'tokens') return prompt.tokens.length;
  // The template's tokens are the server's to tell.
  return prompt.kind === 'text' ? countTokens(prompt.text) : undefined;
}

function readShareGpt({ text, seed }: FileOptions): FileEntry[] {
  const entries = parseShareGpt(text);
  const random = createRandom(seed, ORDER);
  for (let index = entries.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    const [a, b] = [entries[index], entries[other]];
    if (a === undefined || b === undefined) continue;
    entries[index] = b;
    entries[other] = a;
  }
  return entries;
}

function readJsonl(text: string): FileEntry[] {
  const entries = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => parseJsonlEntry(line, number));
  const times = readTimes(entries);
  return times === undefined ? entries : entries.sort((a, b) => (a.timestampMs ?? 0) - (b.timestampMs ?? 0));
}

/** Times that a JSONL file records, milliseconds, ascending; undefined unless every line has one. @throws RangeError */
export function readTraceTimes(text: string): readonly number[] | undefined {
  return readTimes(readJsonl(text));
}

/** Undefined unless every entry has one. */
function readTimes(entries: readonly FileEntry[]): readonly number[] | undefined {
  const times = entries.flatMap(({ timestampMs }) => timestampMs ?? []);
  return times.length === entries.length ? times : undefined;
}
