import type { ParserOption } from './parser-facts.ts';

/** Words of `x-cli.type`. */
export type ValueType = 'int' | 'float' | 'str' | 'bool' | 'json' | 'json-list' | 'object' | 'str|object';

/** What an option's reader takes, as its answers to the samples show. */
export interface ValueKind {
  readonly type: ValueType;
  readonly acceptsNone: boolean;
  /** Takes 32k and the like. */
  readonly humanInt: boolean;
}

/** The kind of value an option takes. */
export function findValueKind({ answers, nargs }: Pick<ParserOption, 'answers' | 'nargs'>): ValueKind {
  if (nargs === 0 || answers === null) return { type: 'bool', acceptsNone: false, humanInt: false };
  const typeOf = (sample: string) => answers[sample]?.type;
  return {
    type: findType(typeOf),
    acceptsNone: typeOf('None') === 'NoneType',
    humanInt: typeOf('32k') === 'int',
  };
}

function findType(typeOf: (sample: string) => string | undefined): ValueType {
  // Readers that check against a class refuse a key they do not know, but not an object without keys.
  const empty = typeOf('{}');
  const object = typeOf('{"a": 1}') === 'dict' || (empty !== undefined && empty !== 'str');
  if (typeOf('word') !== undefined) return object ? 'str|object' : 'str';
  if (object) return typeOf('[1]') === 'list' ? 'json' : 'object';
  if (typeOf('[1]') === 'list') return 'json-list';
  if (typeOf('1.5') === 'float') return 'float';
  if (typeOf('7') === 'int') return 'int';
  if (typeOf('7') === 'bool') return 'bool';
  // A reader that refuses every sample checks against something of its own: nothing is ruled out.
  return 'str|object';
}
