/** A key of a block mapping with all its lines, and the comments above it. */
export interface Block {
  readonly key: string;
  /** Comment and blank lines directly above the key. */
  readonly above: readonly string[];
  /** The key's line and everything below it that belongs to its value. */
  readonly lines: readonly string[];
}

/** The lines of a block mapping, cut into its keys. */
export interface Blocks {
  /** Column of the keys, from 0. */
  readonly indent: number;
  readonly entries: readonly Block[];
  /** Comments after the last key. */
  readonly below: readonly string[];
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{}&*!|>%@`,-][^#]*?|-[^\s#][^#]*?)\s*:(?:\s|$)/;

/**
 * Cuts the lines of a block mapping into its keys, each with the comments above it; undefined when they are no plain
 * block mapping. Works on lines so that everything that is not moved stays as it was written.
 */
export function splitBlocks(lines: readonly string[]): Blocks | undefined {
  const first = lines.find(isContent);
  if (first === undefined) return undefined;
  const indent = indentOf(first);
  const entries: { key: string; above: string[]; lines: string[] }[] = [];
  let pending: string[] = [];
  for (const line of lines) {
    const current = entries.at(-1);
    const deeper = indentOf(line) > indent || (indentOf(line) === indent && /^\s*-(?:\s|$)/.test(line));
    if (line.trim() === '' || (!isContent(line) && !deeper) || (!isContent(line) && !current)) pending.push(line);
    else if (deeper && current) {
      current.lines.push(...pending, line);
      pending = [];
    } else {
      const key = indentOf(line) === indent ? keyOf(line) : undefined;
      if (key === undefined) return undefined;
      entries.push({ key, above: pending, lines: [line] });
      pending = [];
    }
  }
  return { indent, entries, below: pending };
}

/** The key that a line begins with, without quotation marks; undefined when it begins with none. */
export function keyOf(line: string): string | undefined {
  const key = KEY.exec(line.trimStart())?.[1];
  return key === undefined || !/^["']/.test(key) ? key : key.slice(1, -1);
}

/** Moves lines to another column, keeping what they have among themselves; blank lines become empty. */
export function shiftLines(lines: readonly string[], from: number, to: number): string[] {
  return lines.map((line) => {
    if (line.trim() === '') return '';
    return ' '.repeat(Math.max(0, indentOf(line) - from + to)) + line.trimStart();
  });
}

function isContent(line: string): boolean {
  const text = line.trimStart();
  return text !== '' && !text.startsWith('#');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
