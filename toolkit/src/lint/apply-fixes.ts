import { createYamlIndex, parseYaml, type TextSpan, type YamlIndex, type YamlPath } from 'aim-runtime/profile';
import { formatProfile } from '../profiles/format.ts';
import type { Fix } from './finding.ts';

/** A part of a text to be replaced. */
interface Edit extends TextSpan {
  readonly text: string;
  readonly fix: Fix;
}

/**
 * Repairs a text. Of repairs that touch the same characters the first counts; the others wait for the next look at
 * the file. Left out is what cannot be placed, and what would make the text no YAML or repeat a key. Comments stay.
 */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  const edits = toEdits(text, fixes);
  if (edits.length > 0) return applyEdits(text, edits);
  // Moving lines would lose the places of all other repairs, so it comes last.
  return fixes.some(({ kind }) => kind === 'format') ? formatProfile(text) : text;
}

/** Those of the repairs that change a text; a `format` is offered only where it does. */
export function findEffective(text: string, fixes: readonly Fix[]): ReadonlySet<Fix> {
  return new Set([...toEdits(text, fixes).map(({ fix }) => fix), ...fixes.filter(({ kind }) => kind === 'format')]);
}

function toEdits(text: string, fixes: readonly Fix[]): readonly Edit[] {
  if (fixes.every(({ kind }) => kind === 'format')) return [];
  const index = createYamlIndex(text);
  const placed = fixes.flatMap((fix) => (index ? toSpans(text, index, fix).map((span) => ({ ...span, fix })) : []));
  return soundEdits(
    text,
    placed.filter((edit) => text.slice(edit.start, edit.end) !== edit.text),
  );
}

/** All edits, else one after the other those that leave a sound text. */
function soundEdits(text: string, edits: readonly Edit[]): readonly Edit[] {
  const most = countRepeatedKeys(text);
  const isSound = (some: readonly Edit[]): boolean => countRepeatedKeys(applyEdits(text, some)) <= most;
  if (isSound(edits)) return edits;
  return edits.reduce<readonly Edit[]>((kept, edit) => (isSound([...kept, edit]) ? [...kept, edit] : kept), []);
}

/** Infinite for a text that is no YAML. */
function countRepeatedKeys(text: string): number {
  const yaml = parseYaml(text);
  return yaml.ok ? yaml.warnings.length : Number.POSITIVE_INFINITY;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let done = 0;
  for (const { start, end, text: replacement } of edits.toSorted((a, b) => a.start - b.start)) {
    if (start < done) continue;
    result += text.slice(done, start) + replacement;
    done = end;
  }
  return result + text.slice(done);
}

function toSpans(text: string, index: YamlIndex, fix: Fix): Omit<Edit, 'fix'>[] {
  if (fix.kind === 'format') return [];
  const place = index.spanOf(fix.path);
  if (!place) return [];
  const { key, value } = place;
  switch (fix.kind) {
    case 'rename':
      return [{ ...key, text: fix.name }];
    case 'delete':
      return isOnOneLine(text, index, fix.path) ? [deleteLine(text, key.start, value?.end ?? key.end)] : [];
    case 'flag':
      return value ? [{ start: key.start, end: value.end, text: `${fix.name}:` }] : [];
    case 'value':
      return value ? [{ ...value, text: fix.text }] : [];
    case 'quote':
      return value ? [{ ...value, text: JSON.stringify(text.slice(value.start, value.end)) }] : [];
  }
}

/** True for an entry that is the only thing on its line: a scalar, or nothing, in block style. */
function isOnOneLine(text: string, index: YamlIndex, path: YamlPath): boolean {
  const { key, value } = index.spanOf(path) ?? {};
  if (!key) return false;
  const { start, end } = lineAround(text, key.start);
  const before = text.slice(start, key.start).trim();
  const rest = text.slice(value?.end ?? key.end, end);
  const isPlain = value ? value.end <= end : !/^\s*:\s*[[{|>&*!]/.test(text.slice(key.end, end));
  return before === '' && isPlain && /^\s*:?\s*(?:#.*)?$/.test(rest) && !hasBelow(text, end, key.start - start);
}

/** True when the next line with content is indented deeper, so that it belongs to the value. */
function hasBelow(text: string, end: number, indent: number): boolean {
  const next = text
    .slice(end)
    .split(/\r?\n/)
    .find((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return next !== undefined && next.length - next.trimStart().length > indent;
}

/** Takes the line away, or leaves the comment that stands behind the entry. */
function deleteLine(text: string, keyStart: number, entryEnd: number): Omit<Edit, 'fix'> {
  const { start, end, next } = lineAround(text, keyStart);
  const comment = text.slice(entryEnd, end).indexOf('#');
  return comment < 0 ? { start, end: next, text: '' } : { start: keyStart, end: entryEnd + comment, text: '' };
}

function lineAround(text: string, offset: number): { start: number; end: number; next: number } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const feed = text.indexOf('\n', offset);
  const next = feed < 0 ? text.length : feed + 1;
  const end = feed < 0 ? text.length : text[feed - 1] === '\r' ? feed - 1 : feed;
  return { start, end, next };
}
