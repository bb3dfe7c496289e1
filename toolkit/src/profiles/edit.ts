import { isDeepStrictEqual } from 'node:util';
import { parseYaml } from 'aim-runtime/profile';
import { toObject, type Json } from '../documents/loose-json.ts';
import { failure } from '../exit-codes.ts';
import { argumentName } from './argument-names.ts';
import { formatProfile, headerLength } from './format.ts';
import { splitBlocks, type Block } from './yaml-blocks.ts';

/** The parts of a profile that hold keys. */
const SECTIONS = ['metadata', 'engine_args', 'env_vars'] as const;
export type Section = (typeof SECTIONS)[number];

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
 * not there is added; an engine argument is found by any of its names. Throws AimError `usage` for a text that is no
 * YAML, or in which a key has no lines of its own to change, as in flow style.
 */
export function editProfile(text: string, edits: readonly Edit[]): string {
  const before = parseYaml(text);
  if (!before.ok) throw refused(`it is no YAML (${before.problem.message})`, 'aimctl lint shows the place.');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const head = lines.slice(0, headerLength(lines.map((line) => line.trimEnd())));
  const edited = [...head, edits.reduce(applyEdit, lines.slice(head.length).join('\n'))].join('\n');
  const after = parseYaml(edited);
  if (after.ok && isChangedTo(before.value, after.value, edits)) return formatProfile(edited);
  const keys = edits.map(({ section, key }) => (section === undefined ? key : `${section}.${key}`));
  throw refused(
    `it has no lines to change for all of ${keys.join(', ')}`,
    'Write its mappings one key to a line, without braces and anchors.',
  );
}

function refused(reason: string, hint: string): Error {
  return failure('usage', { message: `the profile cannot be edited: ${reason}`, hint });
}

function applyEdit(text: string, { section, key, value }: Edit): string {
  const lines = text.split('\n');
  if (section === undefined) return editLines(lines, '', { section, key, value }).join('\n');
  const root = splitBlocks(lines);
  const block = root?.entries.find((entry) => entry.key === section);
  if (!root || !block) return value === undefined ? text : `${text.trimEnd()}\n${section}:\n  ${pair(key, value)}\n`;
  const [head = '', ...body] = block.lines;
  const edited = [head, ...editLines(body, '  ', { section, key, value })];
  const entries = root.entries.map((entry) => (entry === block ? { ...entry, lines: edited } : entry));
  return joinBlocks(entries, root.below).join('\n');
}

function editLines(lines: readonly string[], indent: string, { section, key, value }: Edit): string[] {
  const blocks = splitBlocks(lines);
  const added = value === undefined ? [] : [`${indent}${pair(key, value)}`];
  if (!blocks) return [...lines, ...added];
  const column = ' '.repeat(blocks.indent);
  if (!blocks.entries.some((entry) => isSame(section, entry.key, key))) {
    const addition = added.map((line) => ({ key, above: [], lines: [column + line.trimStart()] }));
    return joinBlocks([...blocks.entries, ...addition], blocks.below);
  }
  const entries = blocks.entries.flatMap((entry) => {
    if (!isSame(section, entry.key, key)) return [entry];
    if (value === undefined) return [];
    return [{ ...entry, lines: [`${column}${pair(entry.key, value)}${commentOf(entry)}`] }];
  });
  return joinBlocks(entries, blocks.below);
}

/** Only engine arguments have several names and spellings. */
function isSame(section: Section | undefined, left: string, right: string): boolean {
  return section === 'engine_args' ? argumentName(left) === argumentName(right) : left === right;
}

function pair(key: string, value: string): string {
  return value === '' ? `${key}:` : `${key}: ${value}`;
}

/** The comment behind a value on its first line: what can be cut off there without changing the value. */
function commentOf({ lines: [first = '', ...others] }: Block): string {
  const whole = parseYaml([first, ...others].join('\n'));
  for (const { index } of first.matchAll(/\s+#/g)) {
    const cut = parseYaml([first.slice(0, index), ...others].join('\n'));
    if (whole.ok && cut.ok && isDeepStrictEqual(cut.value, whole.value)) return first.slice(index);
  }
  return '';
}

function joinBlocks(entries: readonly Block[], below: readonly string[]): string[] {
  return [...entries.flatMap(({ above, lines }) => [...above, ...lines]), ...below];
}

/** True when the edits are done and nothing else changed. */
function isChangedTo(before: unknown, after: unknown, edits: readonly Edit[]): boolean {
  return edits.every((edit) => isDone(after, edit)) && isDeepStrictEqual(rest(before, edits), rest(after, edits));
}

/** True when the profile says what the edit asks for, under whichever name. */
function isDone(profile: unknown, { section, key, value }: Edit): boolean {
  const top = toObject(profile);
  const mapping = section === undefined ? top : toObject(top[section]);
  const found = Object.entries(mapping).filter(([name]) => isSame(section, name, key));
  if (value === undefined) return found.length === 0;
  const wanted = parseYaml(pair(key, value));
  return (
    found.length > 0 && wanted.ok && found.every(([, each]) => isDeepStrictEqual(each, toObject(wanted.value)[key]))
  );
}

/** A profile without the keys that are edited, which have to stay as they are. */
function rest(profile: unknown, edits: readonly Edit[]): Json {
  const without = (section: Section | undefined, mapping: Json) =>
    Object.fromEntries(
      Object.entries(mapping).filter(
        ([name]) => !edits.some((edit) => edit.section === section && isSame(section, name, edit.key)),
      ),
    );
  const sections = SECTIONS.map((name) => [name, without(name, toObject(toObject(profile)[name]))] as const);
  return { ...without(undefined, toObject(profile)), ...Object.fromEntries(sections) };
}
