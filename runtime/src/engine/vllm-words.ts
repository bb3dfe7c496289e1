import type { ArgValue } from '../profile/types.ts';
import { parseJson } from './json-text.ts';
import { canonicalName } from './names.ts';
import { renderJson } from './render.ts';
import { isList, isMapping } from './values.ts';
import type { Refusal } from './vllm-values.ts';
import { refuse } from './vllm-values.ts';

/** Reads a file that `--config` names: its top-level mapping. */
export type ConfigReader = (path: string) => Readonly<Record<string, ArgValue>>;

type Words = { readonly ok: true; readonly words: readonly string[] } | Refusal;

/**
 * What vLLM's parser does to the words before it looks at flags: the arguments of a --config file go in front,
 * underscores in long options become dashes, -O3 becomes -O.mode=3, and dotted keys of one flag become one JSON
 * text at the end. Without `readConfig` the arguments of a --config file stay unknown.
 */
export function prepareWords(argv: readonly string[], readConfig?: ConfigReader): Words {
  const expanded = expandConfig(argv, readConfig);
  if (!expanded.ok) return expanded;
  return collectDotted(expanded.words.map(spellWord(expanded.words)));
}

function expandConfig(argv: readonly string[], readConfig?: ConfigReader): Words {
  const at = argv.indexOf('--config');
  if (at < 0) return { ok: true, words: argv };
  const path = argv[at + 1];
  if (path === undefined || path.startsWith('-')) {
    return refuse('wrong-argument-count', '--config', 'needs the path of a YAML file');
  }
  if (argv.includes('--config', at + 1)) return refuse('invalid-value', '--config', 'is given twice');
  if (!/\.ya?ml$/.test(path)) return refuse('invalid-value', '--config', 'must name a file that ends in .yaml or .yml');
  const words = readConfig ? Object.entries(readConfig(path)).flatMap(renderConfigEntry) : [];
  return { ok: true, words: [...words, ...argv.slice(0, at), ...argv.slice(at + 2)] };
}

function renderConfigEntry([key, value]: [string, ArgValue]): string[] {
  if (value === false) return [];
  if (value === true) return [`--${key}`];
  const values = isList(value) ? value : [value];
  return [`--${key}`, ...values.map((word) => (typeof word === 'string' ? word : renderJson(word)))];
}

function spellWord(words: readonly string[]): (word: string, index: number) => string {
  return (word, index) => {
    if (word.startsWith('--')) return spellLong(word);
    if (word === '-O') return /^[0-3]$/.test(words[index + 1] ?? '') ? '-O.mode' : word;
    if (word.startsWith('-O') && word[2] !== '.') return `-O.mode=${word.slice(word[2] === '=' ? 3 : 2)}`;
    return word;
  };
}

function spellLong(word: string): string {
  const equals = word.indexOf('=');
  const key = equals < 0 ? word : word.slice(0, equals);
  return `--${canonicalName(key.slice(2))}${word.slice(key.length)}`;
}

function collectDotted(words: readonly string[]): Words {
  const rest: string[] = [];
  const merged = new Map<string, ArgValue>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const [left] = word.split('=', 1);
    const path = left ?? word;
    if (!word.startsWith('-') || !path.includes('.')) {
      rest.push(word);
      continue;
    }
    const text = path.length < word.length ? word.slice(path.length + 1) : words[++index];
    if (text === undefined) return refuse('wrong-argument-count', path, 'needs a value');
    const isList = path.endsWith('+');
    const [flag = '', ...keys] = (isList ? path.slice(0, -1) : path).split('.');
    const value = keys.reduceRight<ArgValue>(
      (inner, key) => ({ [key]: inner }),
      isList ? text.split(',') : readValue(text),
    );
    const known = merged.get(flag);
    merged.set(flag, known === undefined ? value : mergeValues(known, value));
  }
  return { ok: true, words: [...rest, ...[...merged].flatMap(([flag, value]) => [flag, renderJson(value)])] };
}

function readValue(text: string): ArgValue {
  const json = parseJson(text);
  return json.ok ? json.value : text;
}

function mergeValues(old: ArgValue, added: ArgValue): ArgValue {
  if (isList(old) && isList(added)) return [...old, ...added];
  if (!isMapping(old) || !isMapping(added)) return added;
  const members = new Map(Object.entries(old));
  for (const [key, value] of Object.entries(added)) {
    const known = members.get(key);
    members.set(key, known === undefined ? value : mergeValues(known, value));
  }
  return Object.fromEntries(members);
}
