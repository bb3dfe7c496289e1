import type { ArgValue } from '../profile/types.ts';
import { nearestNames } from '../system/nearest.ts';
import { renderJson } from './render.ts';
import { isList } from './values.ts';
import type { CliOption, EngineTable } from './types.ts';
import { readWord, refuse } from './vllm-values.ts';
import type { Reading, Refusal } from './vllm-values.ts';
import { classifyWord } from './vllm-options.ts';
import type { Item } from './vllm-options.ts';
import { prepareWords } from './vllm-words.ts';
import type { ConfigReader } from './vllm-words.ts';

/** What a command line sets: attributes that differ from their default; or why it is refused. */
export type ArgvResult = { readonly ok: true; readonly set: Readonly<Record<string, ArgValue>> } | Refusal;

/** State of one pass over the words. */
interface Pass {
  readonly table: EngineTable;
  readonly items: readonly Item[];
  readonly values: Map<string, { readonly option: CliOption; readonly value: ArgValue }>;
  readonly unknown: string[];
  readonly free: string[];
}

/**
 * Reads the words after `python -m vllm.entrypoints.openai.api_server` like the parser of vLLM 0.11.1.
 * The result is the parser's own: limits that the engine checks later are not part of it. JSON for a configuration
 * class comes back as the fields that were given. Without `readConfig` a --config file counts as empty.
 */
export function checkVllmArgv(argv: readonly string[], table: EngineTable, readConfig?: ConfigReader): ArgvResult {
  const prepared = prepareWords(argv, readConfig);
  if (!prepared.ok) return prepared;
  const items: Item[] = [];
  for (const word of prepared.words) {
    const item = classifyWord(
      table,
      word,
      items.some(({ kind }) => kind === 'rest'),
    );
    if ('ok' in item) return item;
    items.push(item);
  }
  const pass: Pass = { table, items, values: new Map(), unknown: [], free: [] };
  return consume(pass) ?? conclude(pass);
}

/** Takes every item in order; the first refusal ends it. */
function consume(pass: Pass): Refusal | undefined {
  for (let index = 0; index < pass.items.length;) {
    const item = pass.items[index];
    index += 1;
    if (item === undefined || item.kind === 'rest') continue;
    if (item.kind === 'word') pass.free.push(item.word);
    else if (item.kind === 'unknown') pass.unknown.push(item.flag);
    else {
      const taken = takeOption(pass, item, index);
      if (typeof taken !== 'number') return taken;
      index = taken;
    }
  }
  return undefined;
}

/** Gives an option its words; returns the index after them. */
function takeOption(pass: Pass, item: Extract<Item, { kind: 'option' }>, start: number): number | Refusal {
  const { option, flag } = item;
  const { nargs } = option.facts;
  if (flag === '--help' || flag === '-h') return refuse('help', flag, 'prints help and ends');
  if (nargs === 0) {
    if (item.value !== undefined)
      return refuse('takes-no-value', flag, `takes no value: leave it out, or use ${negationOf(option)}`);
    pass.values.set(option.name, { option, value: !option.negated });
    return start;
  }
  const words = item.value === undefined ? followingWords(pass.items, start, nargs) : [item.value];
  if (words.length === 0 && (nargs === undefined || nargs === '+')) {
    return refuse('wrong-argument-count', flag, `needs ${nargs === '+' ? 'at least one value' : 'a value'}`);
  }
  const reading = readWords(pass.table, option, words);
  if (!reading.ok) return { ...reading, flag };
  pass.values.set(option.name, { option, value: addTo(pass.values.get(option.name)?.value, option, reading.value) });
  return start + (item.value === undefined ? words.length : 0);
}

function negationOf({ facts }: CliOption): string {
  return facts.negation ?? 'nothing';
}

function followingWords(items: readonly Item[], start: number, nargs: '?' | '*' | '+' | undefined): string[] {
  const words: string[] = [];
  const most = nargs === '+' || nargs === '*' ? items.length : 1;
  for (const item of items.slice(start)) {
    if (item.kind !== 'word' || words.length === most) break;
    words.push(item.word);
  }
  return words;
}

function readWords(table: EngineTable, option: CliOption, words: readonly string[]): Reading {
  const values: ArgValue[] = [];
  for (const word of words) {
    const reading = readWord(table, option, word);
    if (!reading.ok) return reading;
    values.push(reading.value);
  }
  const { nargs, const: bare } = option.facts;
  if (nargs === '+' || nargs === '*') return { ok: true, value: values };
  return { ok: true, value: values[0] ?? (words.length === 0 ? (bare ?? null) : null) };
}

function addTo(known: ArgValue | undefined, { facts }: CliOption, value: ArgValue): ArgValue {
  if (facts.repeatable !== true) return value;
  return [...(known !== undefined && isList(known) ? known : []), value];
}

/** The first free word is the model; anything beyond that is unknown. */
function conclude({ table, values, unknown, free }: Pass): ArgvResult {
  const [model, ...surplus] = free;
  const [flag] = unknown;
  if (flag !== undefined) {
    const known = [...table.options.keys()].filter((spelling) => spelling.startsWith('--'));
    const near = nearestNames(flag, known);
    const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : '';
    return refuse('unknown-flag', flag, `is unknown to vLLM ${table.schema['x-engine'].version}${hint}`);
  }
  if (surplus[0] !== undefined) return refuse('unknown-flag', surplus[0], 'is a word that belongs to no flag');
  const set: Record<string, ArgValue> = model === undefined ? {} : { model_tag: model };
  for (const { option, value } of values.values()) {
    if (renderJson(value) !== renderJson(option.property.default ?? null))
      set[option.facts.dest ?? option.name] = value;
  }
  return { ok: true, set };
}
