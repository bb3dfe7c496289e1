import type { ChatMessage, Prompt } from './request.ts';

/** One entry of a dataset's file. */
export interface FileEntry {
  /** Absent where only a length is recorded. */
  readonly prompt?: Prompt;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Recorded answer, whose length is asked for when no other is given. */
  readonly answer?: string;
  readonly timestampMs?: number;
  /** Names of the prompt's blocks of tokens; equal names are equal blocks. */
  readonly blocks?: readonly number[];
}

const OUTPUT_NAMES = ['output_tokens', 'output_length', 'output_len', 'max_tokens'] as const;
const INPUT_NAMES = ['input_tokens', 'input_length', 'input_len'] as const;

/**
 * Reads one line: `prompt` (text or token ids) or `messages`, or only `input_length` with optional `hash_ids` as in
 * Mooncake's traces; the length of the answer and `timestamp` (milliseconds) where known.
 * @throws RangeError naming the line
 */
export function parseJsonlEntry(line: string, number: number): FileEntry {
  const value = parseObject(line, number);
  const inputTokens = readCount(value, INPUT_NAMES, number);
  const outputTokens = readCount(value, OUTPUT_NAMES, number);
  const prompt = readPrompt(value, number);
  if (prompt === undefined && inputTokens === undefined)
    throw new RangeError(`line ${number} has neither prompt, messages nor input_length`);
  const timestampMs = readCount(value, ['timestamp'], number);
  const blocks = value['hash_ids'];
  return {
    ...(prompt !== undefined && { prompt }),
    ...(prompt === undefined && inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(timestampMs !== undefined && { timestampMs }),
    ...(isNumbers(blocks) && { blocks }),
  };
}

function parseObject(line: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RangeError(`line ${number} is no JSON`, { cause: error });
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new RangeError(`line ${number} is no JSON object`);
}

function readCount(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  line: number,
): number | undefined {
  for (const name of names) {
    const found = value[name];
    if (found === undefined || found === null) continue;
    if (typeof found === 'number' && Number.isFinite(found) && found >= 0) return found;
    throw new RangeError(`line ${line}: ${name} is not a number of 0 or more`);
  }
  return undefined;
}

function readPrompt(value: Readonly<Record<string, unknown>>, line: number): Prompt | undefined {
  const { prompt, messages } = value;
  if (typeof prompt === 'string') return { kind: 'text', text: prompt };
  if (isNumbers(prompt)) return { kind: 'tokens', tokens: Uint32Array.from(prompt) };
  if (Array.isArray(messages) && messages.every(isMessage)) return { kind: 'messages', messages };
  if (prompt === undefined && messages === undefined) return undefined;
  throw new RangeError(`line ${line}: ${prompt === undefined ? 'messages' : 'prompt'} has another form`);
}

function isMessage(value: unknown): value is ChatMessage {
  return typeof value === 'object' && value !== null && 'role' in value && 'content' in value;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
