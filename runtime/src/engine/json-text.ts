import type { ArgValue } from '../profile/types.ts';

/** Where a text stops being JSON. `line` and `column` count from 1, `offset` from 0 in UTF-16 units. */
export interface JsonError {
  readonly ok: false;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** What would have been right there: `a value`, `":"`. */
  readonly expected: string;
}

/** Reads JSON. The error says where and never quotes the text, which may hold secrets. */
export function parseJson(text: string): { readonly ok: true; readonly value: ArgValue } | JsonError {
  try {
    return { ok: true, value: JSON.parse(text) as ArgValue };
  } catch {
    const { offset, expected } = scanValue(text, skipSpace(text, 0), true);
    const before = text.slice(0, offset).split('\n');
    return { ok: false, offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected };
  }
}

/** How far a text is good JSON, and what is missing there (empty: nothing). */
interface Scan {
  readonly offset: number;
  readonly expected: string;
}

const SPACE = /[\t\n\r ]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING_PART = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

function match(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

function skipSpace(text: string, offset: number): number {
  return match(SPACE, text, offset);
}

/** Scans a value that starts at `offset`; `isWhole` when nothing but space may follow it. */
function scanValue(text: string, offset: number, isWhole: boolean): Scan {
  const scan = scanAny(text, offset);
  if (scan.expected !== '' || !isWhole) return scan;
  return { offset: skipSpace(text, scan.offset), expected: 'the end of the text' };
}

function scanAny(text: string, offset: number): Scan {
  const first = text[offset];
  if (first === '{') return scanList(text, offset, { close: '}', item: scanMember });
  if (first === '[') return scanList(text, offset, { close: ']', item: scanItem });
  if (first === '"') return scanString(text, offset);
  const end = match(LITERAL, text, offset);
  return { offset: end, expected: end === offset ? 'a JSON value' : '' };
}

function scanString(text: string, offset: number): Scan {
  const end = match(STRING_PART, text, offset + 1);
  return text[end] === '"' ? { offset: end + 1, expected: '' } : { offset: end, expected: 'the rest of a string' };
}

function scanItem(text: string, offset: number): Scan {
  return scanValue(text, offset, false);
}

function scanMember(text: string, offset: number): Scan {
  if (text[offset] !== '"') return { offset, expected: 'a key in double quotes' };
  const key = scanString(text, offset);
  if (key.expected !== '') return key;
  const colon = skipSpace(text, key.offset);
  return text[colon] === ':' ? scanItem(text, skipSpace(text, colon + 1)) : { offset: colon, expected: '":"' };
}

interface ListShape {
  readonly close: string;
  readonly item: (text: string, offset: number) => Scan;
}

function scanList(text: string, start: number, shape: ListShape): Scan {
  let offset = skipSpace(text, start + 1);
  if (text[offset] === shape.close) return { offset: offset + 1, expected: '' };
  for (;;) {
    const item = shape.item(text, offset);
    if (item.expected !== '') return item;
    offset = skipSpace(text, item.offset);
    if (text[offset] === shape.close) return { offset: offset + 1, expected: '' };
    if (text[offset] !== ',') return { offset, expected: `"," or "${shape.close}"` };
    offset = skipSpace(text, offset + 1);
  }
}
