import { nearest } from '../system/nearest.ts';
import type { ProfileProblem } from './types.ts';
import { createYamlIndex, type YamlIndex } from './yaml-position.ts';

/** The part of an ajv error that is read here. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Path = readonly (string | number)[];

/** Keywords that only say that an error below them exists. */
const ENVELOPES = new Set(['if', 'anyOf', 'oneOf', 'allOf', 'not']);

/** Turns the validator's errors into sentences with the position of the key or value that is wrong. */
export function describeSchemaErrors(errors: readonly SchemaError[], data: unknown, text: string): ProfileProblem[] {
  const own = errors.filter((error) => !ENVELOPES.has(error.keyword));
  const index = createYamlIndex(text);
  const problems = (own.length === 0 ? errors : own).map((error) => describe(error, data, index));
  const seen = new Set<string>();
  return problems.filter(({ message, line }) => {
    const key = `${line ?? ''}:${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Position of the value at a path, or of the nearest thing above it that the text has. */
export function positionOf(index: YamlIndex | undefined, path: Path): { line: number; column: number } {
  for (let length = path.length; length > 0; length--) {
    const position = index?.locate(path.slice(0, length));
    if (position) return position;
  }
  return { line: 1, column: 1 };
}

function describe(error: SchemaError, data: unknown, index: YamlIndex | undefined): ProfileProblem {
  const path = parsePointer(error.instancePath);
  const name = path.join('.') || 'the file';
  const value = () => JSON.stringify(valueAt(data, path));
  const at = (below: Path) => positionOf(index, [...path, ...below]);
  switch (error.keyword) {
    case 'required':
      return { message: `${[...path, String(error.params['missingProperty'])].join('.')} is missing`, ...at([]) };
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty']);
      return { message: `${[...path, key].join('.')} is not a known key`, ...at([key]) };
    }
    case 'enum':
    case 'const': {
      const allowed = (error.params['allowedValues'] ?? [error.params['allowedValue']]) as unknown[];
      const meant = nearest(String(valueAt(data, path)), allowed.map(String));
      const hint = meant === undefined ? {} : { hint: `did you mean ${meant}?` };
      return { message: `${name} is ${value()}; allowed: ${allowed.map(String).join(', ')}`, ...at([]), ...hint };
    }
    case 'type':
      return { message: `${name} is ${value()}; it must be of type ${String(error.params['type'])}`, ...at([]) };
    default:
      return { message: `${name} is ${value()}; it ${error.message ?? 'does not fit the schema'}`, ...at([]) };
  }
}

function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}
