import { nearest } from './system/nearest.ts';

/** A value, or why there is none. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Reads the text of a variable; `name` is the variable's, for the message. */
export type ValueParser<T> = (text: string, name: string) => Parsed<T>;

/** One of a closed set, whatever its case. */
export function oneOf<const T extends string>(
  allowed: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): ValueParser<T> {
  const names = [...Object.keys(aliases), ...allowed];
  return (text, name) => {
    const wanted = text.toLowerCase();
    const alias = Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined;
    const value = alias ?? allowed.find((each) => each.toLowerCase() === wanted);
    if (value !== undefined) return { value };
    const meant = nearest(text, names);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return { problem: `${name}=${text} is not one of ${names.join(', ')}${hint}` };
  };
}

/** A whole number written in plain digits. */
export function integer(range: { readonly min: number; readonly max: number }): ValueParser<number> {
  return (text, name) => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= range.min && value <= range.max) return { value };
    return { problem: `${name}=${text} is not a whole number from ${range.min} to ${range.max}` };
  };
}

/** `word`, or what the other parser reads. */
export function either<const W extends string, T>(word: W, parser: ValueParser<T>): ValueParser<W | T> {
  return (text, name) => {
    if (text.toLowerCase() === word) return { value: word };
    const parsed = parser(text, name);
    return 'problem' in parsed ? { problem: `${parsed.problem}, or ${word}` } : parsed;
  };
}

/** true/false in the spellings that environments use. */
export const flag: ValueParser<boolean> = (text, name) => {
  const wanted = text.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(wanted)) return { value: true };
  if (['false', '0', 'no', 'off'].includes(wanted)) return { value: false };
  return { problem: `${name}=${text} is not one of true, false` };
};

/** Any text. */
export const text: ValueParser<string> = (value) => ({ value });
