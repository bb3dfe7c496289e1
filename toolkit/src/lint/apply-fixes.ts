import { createYamlIndex, type TextSpan, type YamlIndex, type YamlPath } from 'aim-runtime/profile';
import { formatProfile } from '../profiles/format.ts';
import type { Fix } from './finding.ts';

/** A part of a text to be replaced. */
interface Edit extends TextSpan {
  readonly text: string;
}

/**
 * Repairs a text. Of repairs that touch the same characters the first counts; the others wait for the next look at
 * the file. What cannot be placed is left out. Comments stay.
 */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  const index = createYamlIndex(text);
  const edits = fixes.flatMap((fix) => (fix.kind === 'format' || !index ? [] : toEdit(text, index, fix)));
  if (edits.length > 0) return applyEdits(text, edits);
  // Moving lines would lose the places of all other repairs, so it comes last.
  return fixes.some(({ kind }) => kind === 'format') ? formatProfile(text) : text;
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

function toEdit(text: string, index: YamlIndex, fix: Exclude<Fix, { kind: 'format' }>): Edit[] {
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
function deleteLine(text: string, keyStart: number, entryEnd: number): Edit {
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
