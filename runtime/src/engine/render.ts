import type { ArgValue, EngineArgs } from '../profile/types.ts';
import { isList, isMapping } from './values.ts';

const NEGATIVE_NUMBER = /^-(?:\d+|\d*\.\d+)$/;

/**
 * Command-line words of engine arguments, in order, keys spelled as given.
 * null or true: the bare flag; false: nothing; list: the flag once, then its values; object: JSON text.
 * An empty list gives nothing, since a flag without its values would take the next word.
 */
export function renderArgs(args: EngineArgs): string[] {
  return Object.entries(args).flatMap(([key, value]) => renderArg(`--${key}`, value));
}

function renderArg(flag: string, value: ArgValue): string[] {
  if (value === null || value === true) return [flag];
  if (value === false) return [];
  if (isList(value)) return value.length === 0 ? [] : [flag, ...value.map(renderWord)];
  const word = renderWord(value);
  // A parser takes a word that starts with a dash for a flag, unless it is tied to its own.
  return word.startsWith('-') && !NEGATIVE_NUMBER.test(word) ? [`${flag}=${word}`] : [flag, word];
}

function renderWord(value: ArgValue): string {
  return typeof value === 'string' ? value : renderJson(value);
}

/** JSON text as Python's json.dumps writes it: `{"a": [1, 2.5, null]}`, ASCII only. */
export function renderJson(value: ArgValue): string {
  if (isList(value)) return `[${value.map(renderJson).join(', ')}]`;
  if (isMapping(value)) {
    const members = Object.entries(value).map(([key, member]) => `${renderText(key)}: ${renderJson(member)}`);
    return `{${members.join(', ')}}`;
  }
  return typeof value === 'string' ? renderText(value) : JSON.stringify(value);
}

function renderText(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
