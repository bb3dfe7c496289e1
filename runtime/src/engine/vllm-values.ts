import type { ArgValue } from '../profile/types.ts';
import { describeAllowed, renderValue } from './describe.ts';
import { parseJson } from './json-text.ts';
import { schemaAt } from './table.ts';
import type { CliOption, EngineTable } from './types.ts';
import { isMapping } from './values.ts';

/** Classes of refusal; `KeyError` is the one that vLLM lets escape as a Python exception. */
export type RefusalKind =
  | 'unknown-flag'
  | 'ambiguous-abbreviation'
  | 'takes-no-value'
  | 'wrong-argument-count'
  | 'invalid-value'
  | 'invalid-choice'
  | 'json-schema'
  | 'KeyError'
  | 'help';

/** Why a command line is refused. `flag` as the command line spells it, with dashes. */
export interface Refusal {
  readonly ok: false;
  readonly kind: RefusalKind;
  readonly flag: string;
  readonly message: string;
}

/** A word turned into a value, or why not. */
export type Reading = { readonly ok: true; readonly value: ArgValue } | Refusal;

/** A refusal; `message` goes on after the flag's name. */
export function refuse(kind: RefusalKind, flag: string, message: string): Refusal {
  return { ok: false, kind, flag, message };
}

const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/i;
const HUMAN = /^\s*(?:(\d+(?:\.\d+)?)([kmg])|(\d+)([KMG]))\s*$/;
const MULTIPLIERS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** The value that vLLM 0.11.1 makes of one word for a flag. */
export function readWord(table: EngineTable, option: CliOption, word: string): Reading {
  const { facts, property } = option;
  if (facts.acceptsNone === true && (word === '' || word === 'None')) return { ok: true, value: null };
  const reading = convertWord(table, option, word);
  const choices = property.enum ?? property.anyOf?.[0]?.enum;
  if (!reading.ok || choices === undefined || choices.includes(reading.value)) return reading;
  const allowed = describeAllowed({ enum: choices });
  return refuse('invalid-choice', facts.flag, `${renderValue([option.name], word)} is not ${allowed}`);
}

function convertWord(table: EngineTable, option: CliOption, word: string): Reading {
  const { facts } = option;
  if (facts.items === 'lora-module') return readLoraModule(option, word);
  switch (facts.type ?? 'str') {
    case 'int':
      return readNumber(option, word, facts.humanInt === true ? readHumanInt(word) : readInt(word));
    case 'float':
      return readNumber(option, word, FLOAT.test(word) ? Number(word.replaceAll('_', '')) : undefined);
    case 'bool':
      // The flag's converter is Python's bool(), for which every word but the empty one is true.
      return { ok: true, value: word !== '' };
    case 'json':
      return readJson(option, word, 'invalid-value');
    case 'str|object':
      return /^\s*\{[^]*\}\s*$/.test(word) ? readJson(option, word, 'invalid-value') : { ok: true, value: word };
    case 'object':
      return readClass(table, option, word);
    default:
      return { ok: true, value: word };
  }
}

function readInt(word: string): number | undefined {
  return INTEGER.test(word) ? Number(word.replaceAll('_', '')) : undefined;
}

function readHumanInt(word: string): number | undefined {
  const [, decimal, small, binary, large] = HUMAN.exec(word) ?? [];
  const multiplier = MULTIPLIERS[small ?? large ?? ''];
  return multiplier === undefined ? readInt(word) : Math.trunc(Number(decimal ?? binary) * multiplier);
}

function readNumber({ name, facts }: CliOption, word: string, value: number | undefined): Reading {
  if (value !== undefined) return { ok: true, value };
  const wanted = facts.type === 'int' ? 'an integer' : 'a number';
  return refuse('invalid-value', facts.flag, `${renderValue([name], word)} is not ${wanted}`);
}

function readJson({ facts }: CliOption, word: string, kind: RefusalKind): Reading {
  const json = parseJson(word);
  if (json.ok) return json;
  return refuse(kind, facts.flag, `is not JSON: expected ${json.expected} at column ${json.column}`);
}

/** JSON for a configuration class, checked by the same schema as the object form of the argument. */
function readClass(table: EngineTable, option: CliOption, word: string): Reading {
  const { name, facts } = option;
  const json = readJson(option, word, 'json-schema');
  if (!json.ok) return json;
  const { value } = json;
  if (!isMapping(value)) {
    return refuse('json-schema', facts.flag, 'is not a JSON object');
  }
  const [error] = table.validate({ [name]: value });
  if (error === undefined) return { ok: true, value: knownFields(table, option, value) };
  const segments = error.instancePath.slice(1).split('/');
  const place = schemaAt(table.schema, segments) ?? {};
  return refuse(
    place['x-error'] === 'KeyError' ? 'KeyError' : 'json-schema',
    facts.flag,
    `${segments.slice(1).join('.')} must be ${describeAllowed(place)}`,
  );
}

/** The class ignores keys that it does not have. */
function knownFields(table: EngineTable, option: CliOption, value: Readonly<Record<string, ArgValue>>): ArgValue {
  const fields = table.schema.definitions?.[option.facts.jsonClass ?? '']?.properties ?? {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => Object.hasOwn(fields, key)));
}

function readLoraModule({ facts }: CliOption, word: string): Reading {
  const pair = /^([^=,]*)=([^=,]*)$/.exec(word);
  if (pair) return { ok: true, value: { name: pair[1] ?? '', path: pair[2] ?? '' } };
  const json = parseJson(word);
  const isModule = json.ok && isMapping(json.value) && 'name' in json.value && 'path' in json.value;
  if (isModule) return json;
  return refuse('invalid-value', facts.flag, 'each module is name=path or a JSON object with name and path');
}
