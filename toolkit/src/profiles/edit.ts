import { canonicalName } from 'aim-runtime/engine';
import { parseYaml } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { formatProfile } from './format.ts';
import { splitBlocks, type Block } from './yaml-blocks.ts';

/** The parts of a profile that hold keys. */
export type Section = 'metadata' | 'engine_args' | 'env_vars';

/** A change to one key. */
export interface Edit {
  /** Undefined for the keys at the top. */
  readonly section: Section | undefined;
  readonly key: string;
  /** YAML text of the new value; empty for a bare key, undefined to remove the key with the comments above it. */
  readonly value: string | undefined;
}

/**
 * Changes single keys of a profile's text and formats it; everything else, comments included, stays. A key that is
 * not there is added. Throws AimError `usage` for a text in flow style, which has no lines to change.
 */
export function editProfile(text: string, edits: readonly Edit[]): string {
  const edited = edits.reduce(applyEdit, text);
  const parsed = parseYaml(edited);
  if (parsed.ok) return formatProfile(edited);
  throw failure('usage', {
    message: `the profile cannot be edited: with the changes it would be no YAML (${parsed.problem.message})`,
    hint: 'Write its mappings one key to a line, without braces.',
  });
}

function applyEdit(text: string, { section, key, value }: Edit): string {
  const lines = text.split('\n');
  if (section === undefined) return editLines(lines, '', { key, value }).join('\n');
  const root = splitBlocks(lines);
  const block = root?.entries.find((entry) => entry.key === section);
  if (!root || !block) return value === undefined ? text : `${text.trimEnd()}\n${section}:\n  ${pair(key, value)}\n`;
  const [head = '', ...body] = block.lines;
  const edited = [head, ...editLines(body, '  ', { key, value })];
  return joinBlocks(root.entries.map((entry) => (entry === block ? { ...entry, lines: edited } : entry)), root.below).join('\n');
}

function editLines(lines: readonly string[], indent: string, edit: Pick<Edit, 'key' | 'value'>): string[] {
  const blocks = splitBlocks(lines);
  const added = edit.value === undefined ? [] : [`${indent}${pair(edit.key, edit.value)}`];
  if (!blocks) return [...lines, ...added];
  const column = ' '.repeat(blocks.indent);
  const name = canonicalName(edit.key);
  if (!blocks.entries.some(({ key }) => canonicalName(key) === name)) {
    const addition = added.map((line) => ({ key: edit.key, above: [], lines: [column + line.trimStart()] }));
    return joinBlocks([...blocks.entries, ...addition], blocks.below);
  }
  const entries = blocks.entries.flatMap((entry) => {
    if (canonicalName(entry.key) !== name) return [entry];
    if (edit.value === undefined) return [];
    return [{ ...entry, lines: [`${column}${pair(entry.key, edit.value)}${commentOf(entry)}`] }];
  });
  return joinBlocks(entries, blocks.below);
}

function pair(key: string, value: string): string {
  return value === '' ? `${key}:` : `${key}: ${value}`;
}

function commentOf({ lines: [line = ''] }: Block): string {
  return /\s+#[^"']*$/.exec(line)?.[0] ?? '';
}

function joinBlocks(entries: readonly Block[], below: readonly string[]): string[] {
  return [...entries.flatMap(({ above, lines }) => [...above, ...lines]), ...below];
}
