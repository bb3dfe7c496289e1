import type { ArgValue } from '../profile/types.ts';
import { REDACTED, redactShapes, isSecretName } from '../system/redact.ts';
import type { ArgSchema } from './types.ts';

const LONGEST_VALUE = 80;
/** What a place of an engine_args object may hold, in words. */
export function describeAllowed(schema: ArgSchema): string {
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return `${describeAllowed(first)}, or a list of them`;
  const facts = schema['x-cli'];
  if (schema.enum !== undefined) return `one of ${schema.enum.map(renderChoice).join(', ')}`;
  if (facts?.nargs === 0) return 'true or null (the flag), false (no flag)';
  const kinds = [schema.type ?? []].flat().map((type) => describeType(type, schema));
  return [...new Set(kinds.filter((kind) => kind !== ''))].join(', ') || 'another value';
}

function describeType(type: string, schema: ArgSchema): string {
  const facts = schema['x-cli'];
  switch (type) {
    case 'integer':
      return `an integer${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'array':
      return schema.items ? `a list, each item ${describeAllowed(schema.items)}` : 'a list';
    case 'object':
      return 'a mapping';
    case 'null':
      return facts ? 'null (the bare flag)' : 'null';
    case 'boolean':
      return facts ? 'true (the bare flag)' : 'true or false';
    case 'string':
      return describeText(schema);
    default:
      return '';
  }
}

function describeText(schema: ArgSchema): string {
  const facts = schema['x-cli'];
  if (schema.examples) return `text such as ${schema.examples.slice(0, 6).map(renderChoice).join(', ')}`;
  if (facts?.humanInt) return 'text such as "32k" (thousands) or "32K" (1024s)';
  if (schema.pattern === '^None$') return '"None"';
  if (facts?.json) return schema.pattern?.includes('\\[') === true ? 'JSON text of a list' : 'JSON text';
  return schema.pattern === undefined
    ? 'text (in quotes where YAML would read a number)'
    : `text like ${schema.pattern}`;
}

function describeRange(schema: ArgSchema): string {
  const limits = [
    ['of at least', schema.minimum],
    ['above', schema.exclusiveMinimum],
    ['up to', schema.maximum],
    ['below', schema.exclusiveMaximum],
  ] as const;
  const words = limits.flatMap(([word, limit]) => (limit === undefined ? [] : [`${word} ${limit}`]));
  return words.length === 0 ? '' : ` ${words.join(' and ')}`;
}

function renderChoice(value: ArgValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value for a message: JSON, shortened, without secrets. `names` are the keys that lead to it. */
export function renderValue(names: readonly string[], value: unknown): string {
  if (names.some(isSecretName)) return REDACTED;
  const hide = (key: string, member: unknown): unknown => (isSecretName(key) ? REDACTED : member);
  const text = redactShapes(JSON.stringify(value, hide));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
