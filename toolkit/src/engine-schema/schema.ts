import type { ArgSchema, CliFacts, EngineSchema } from 'aim-runtime/engine';
import type { ArgValue } from 'aim-runtime/profile';
import type { ParserFacts, ParserOption } from './parser-facts.ts';
import { findValueKind, type ValueKind } from './value-kind.ts';

/** A property of a written schema; `not` keeps false from standing for a bare flag. */
export type WrittenProperty = ArgSchema & { readonly not?: { readonly const: false } };

/** The content of a file of `schemas/engine-args`. */
export interface WrittenSchema extends EngineSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly type: 'object';
  readonly properties: Readonly<Record<string, WrittenProperty>>;
  readonly patternProperties: Readonly<Record<string, object>>;
  readonly additionalProperties: false;
}

const ENGINE_NAMES = { vllm: 'vLLM', sglang: 'SGLang' };
const OBJECT = String.raw`\s*\{`;
const ANY_JSON = String.raw`\s*[\{\[]`;
const HUMAN = String.raw`\d+(?:\.\d+)?[kmg]|\d+[KMG]|[+-]?\d+`;
const LONGEST_DESCRIPTION = 200;

/** The argument schema of exactly the engine whose parser was read. */
export function toEngineSchema({ engine, version, module, options }: ParserFacts): WrittenSchema {
  const properties = Object.fromEntries(options.flatMap(toProperties));
  const json = Object.entries(properties).filter(([, { 'x-cli': facts }]) => facts?.json === true);
  const title = `Arguments of ${ENGINE_NAMES[engine]} ${version}`;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${engine}-${version}.schema.json`,
    title,
    description:
      "Engine arguments as an object, read from the engine's own parser: one property per command-line flag, without " +
      'its leading dashes. null or true is the bare flag, false leaves the flag out. x-cli says how the command line ' +
      'takes the flag.',
    'x-engine': { name: engine, version, module },
    type: 'object',
    properties,
    // vLLM's parser takes `--flag.key value` for a part of a JSON argument.
    patternProperties:
      engine === 'vllm' && json.length > 0
        ? { [String.raw`^(?:${json.map(([name]) => name).join('|')})(?:\.[^.]+)+$`]: {} }
        : {},
    additionalProperties: false,
  };
}

function toProperties(option: ParserOption): [string, WrittenProperty][] {
  const long = option.flags.filter((flag) => flag.startsWith('--'));
  const negations = new Set(
    option.action === 'BooleanOptionalAction' ? long.filter((flag) => isNegation(flag, long)) : [],
  );
  const [flag, ...others] = long.filter((each) => !negations.has(each));
  if (flag === undefined) return [];
  const name = nameOf(flag);
  const aliases = option.flags.filter((each) => each !== flag && !negations.has(each));
  const [negation] = negations;
  const facts: CliFacts = {
    flag,
    dest: option.dest,
    ...(aliases.length > 0 && { aliases }),
    ...cliFacts(option, negation),
  };
  const own: WrittenProperty = { ...about(option), ...valueSchema(option), ...defaultOf(option), 'x-cli': facts };
  return [
    [name, own],
    ...others.map((other): [string, WrittenProperty] => [
      nameOf(other),
      { $ref: `#/properties/${name}`, 'x-cli': { flag: other, aliasOf: name } },
    ]),
    ...[...negations].map((each): [string, WrittenProperty] => [
      nameOf(each),
      { description: `Turns ${name} off.`, enum: [null, true], 'x-cli': { flag: each, negates: name } },
    ]),
  ];
}

function isNegation(flag: string, all: readonly string[]): boolean {
  return flag.startsWith('--no-') && all.includes(`--${flag.slice('--no-'.length)}`);
}

function nameOf(flag: string): string {
  return flag.slice(2).replaceAll('_', '-');
}

function about({ help, deprecated }: ParserOption): WrittenProperty {
  const text = (help ?? '').replaceAll(/\s+/g, ' ').trim();
  const sentence = /^.*?[.!](?= |$)/.exec(text)?.[0] ?? text;
  const short = sentence.length > LONGEST_DESCRIPTION ? `${sentence.slice(0, LONGEST_DESCRIPTION - 1)}…` : sentence;
  const leaves = deprecated || /^\W*deprecated\b|\bis deprecated\b/i.test(text);
  return { ...(short !== '' && { description: short }), ...(leaves && { deprecated: true }) };
}

function defaultOf({ default: value }: ParserOption): WrittenProperty {
  return value === null ? {} : { default: value };
}

function cliFacts(option: ParserOption, negation: string | undefined): Partial<CliFacts> {
  const { type, acceptsNone, humanInt } = findValueKind(option);
  const { nargs, action } = option;
  const json = type === 'json' || type === 'json-list' || type === 'object' || type === 'str|object';
  return {
    type,
    ...((nargs === 0 || nargs === '?' || nargs === '*' || nargs === '+') && { nargs }),
    ...(nargs === 0 && (negation === undefined ? { storeTrue: true } : { booleanOptional: true, negation })),
    ...(nargs === '?' && option.const !== null && { const: option.const }),
    ...(acceptsNone && { acceptsNone }),
    ...(humanInt && { humanInt }),
    ...(json && { json }),
    ...(action === '_AppendAction' && { repeatable: true }),
    ...(option.group !== null && { group: option.group }),
  };
}

function valueSchema(option: ParserOption): WrittenProperty {
  if (option.nargs === 0) return { type: ['boolean', 'null'] };
  const one = singleSchema(option, findValueKind(option));
  const types = [one.type ?? []].flat();
  const list = { items: one, ...(option.nargs === '+' && { minItems: 1 }) };
  // A bare flag is null or true; false would leave the flag out.
  const bare = { not: { const: false } } as const;
  switch (option.nargs) {
    case '+':
      return one.enum ? { anyOf: [one, { type: 'array', ...list }] } : { ...one, type: ['array', ...types], ...list };
    case '*':
      if (one.enum) return { anyOf: [one, { type: ['array', 'null', 'boolean'], ...list }], ...bare };
      return { ...one, type: ['array', ...types, 'null', 'boolean'], ...list, ...bare };
    case '?':
      if (one.enum) return { enum: [...one.enum, true, null] };
      return { ...one, type: [...types, 'boolean', 'null'], ...bare };
    case null:
    default:
      return one;
  }
}

function singleSchema({ choices }: ParserOption, kind: ValueKind): WrittenProperty {
  const words = choices?.filter((choice) => choice !== null && !(kind.acceptsNone && choice === 'None')) ?? [];
  if (words.length === 0) return typeSchema(kind);
  const allowed: ArgValue[] = [...words, ...(kind.acceptsNone ? ['None'] : [])];
  return { enum: allowed };
}

function typeSchema({ type, acceptsNone, humanInt }: ValueKind): WrittenProperty {
  const text = (pattern: string) => `^(?:${acceptsNone ? `${pattern}|None$` : pattern})`;
  switch (type) {
    case 'int':
      if (humanInt) return { type: ['integer', 'string'], pattern: `^(?:${HUMAN}${acceptsNone ? '|None' : ''})$` };
      return acceptsNone ? { type: ['integer', 'string'], pattern: '^None$' } : { type: 'integer' };
    case 'float':
      return acceptsNone ? { type: ['number', 'string'], pattern: '^None$' } : { type: 'number' };
    case 'object':
      return { type: ['object', 'string'], pattern: text(OBJECT) };
    case 'json':
      return { type: ['object', 'string'], pattern: text(ANY_JSON) };
    case 'json-list':
      return { type: 'string', pattern: text(String.raw`\s*\[`) };
    case 'str|object':
      return { type: ['object', 'string'] };
    case 'bool':
    case 'str':
      return { type: 'string' };
  }
}
