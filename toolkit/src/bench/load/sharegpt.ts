import type { FileEntry } from './jsonl.ts';

/** Names of the first speaker; exports differ. */
const ASKING = new Set(['human', 'user']);

/** Shortest texts that are worth asking, in characters. */
const MIN_CHARACTERS = 8;

/**
 * Reads a JSON array of conversations in ShareGPT's form: the first message that asks and the answer to it. Entries
 * without both are left out, as there are some in every such file. @throws RangeError when the text is no such array
 */
export function parseShareGpt(text: string): FileEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RangeError('the file is no JSON', { cause: error });
  }
  if (!Array.isArray(value)) throw new RangeError('the file is no array of conversations');
  return value.flatMap((entry: unknown) => parseConversation(entry) ?? []);
}

function parseConversation(entry: unknown): FileEntry | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const holder = entry as Readonly<Record<string, unknown>>;
  const turns = holder['conversations'] ?? holder['conversation'];
  if (!Array.isArray(turns)) return undefined;
  const [asked, answered] = turns as readonly unknown[];
  const question = readTurn(asked);
  const answer = readTurn(answered);
  if (question === undefined || answer === undefined || !ASKING.has(question.from)) return undefined;
  if (question.text.length < MIN_CHARACTERS || answer.text.length < MIN_CHARACTERS) return undefined;
  return { prompt: { kind: 'text', text: question.text }, answer: answer.text };
}

function readTurn(turn: unknown): { readonly from: string; readonly text: string } | undefined {
  if (typeof turn !== 'object' || turn === null) return undefined;
  const holder = turn as Readonly<Record<string, unknown>>;
  const from = holder['from'] ?? holder['role'];
  const text = holder['value'] ?? holder['content'];
  return typeof from === 'string' && typeof text === 'string' ? { from, text } : undefined;
}
