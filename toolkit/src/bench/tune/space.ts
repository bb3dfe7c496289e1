import { canonicalName } from 'aim-runtime/engine';
import { parseYaml, type Profile } from 'aim-runtime/profile';
import { failure } from '../../exit-codes.ts';
import type { Edit } from '../../profiles/edit.ts';

/** A flag without a value that is given, and anything that is not given. */
export const ON = 'on';
export const OFF = 'off';

/** One argument of the engine, or variable, with the values to try. */
export interface Dimension {
  readonly name: string;
  readonly kind: 'argument' | 'variable';
  /** Texts in an order in which neighbours are alike; `on` and `off` as {@link ON} and {@link OFF}. */
  readonly values: readonly string[];
  /** Place of the value that the profile has already. */
  readonly baseIndex: number;
}

/** A place in the search space: the index of a value for each dimension. */
export type Candidate = readonly number[];

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
const ARGUMENT = /^[a-z][\w.-]*$/;
const PLAIN = /^[A-Za-z0-9_.+-]+$/;

/** What `--param` and a search file name. */
export type Wishes = ReadonlyMap<string, readonly string[]>;

/** Reads `NAME=VALUE,VALUE`. @throws AimError usage */
export function parseParam(text: string): readonly [string, readonly string[]] {
  const [, name = '', list = ''] = /^([^=]*)=([^]*)$/.exec(text) ?? [];
  const values = list.split(',').map((value) => value.trim());
  if (isName(name) && values.every((value) => value !== '')) return [name, values];
  throw failure('usage', {
    message: `--param takes NAME=VALUE,VALUE, not "${text}"`,
    hint: 'For example --param max-num-seqs=64,128,256 or --param VLLM_ROCM_USE_AITER=0,1 or --param async-scheduling=on,off.',
  });
}

/** Reads a search file: a mapping `params` of names to lists of values. @throws AimError usage */
export function parseSearchFile(text: string, file: string): Wishes {
  const wrong = (why: string) =>
    failure('usage', {
      message: `${file} is no search: ${why}`,
      hint: 'It holds a mapping "params" of arguments and variables to lists of values.',
    });
  const yaml = parseYaml(text);
  if (!yaml.ok) throw wrong(yaml.problem.message);
  const params = (yaml.value as { params?: unknown } | null)?.params;
  if (typeof params !== 'object' || params === null || Array.isArray(params)) throw wrong('there is no mapping params');
  return new Map(
    Object.entries(params).map(([name, values]: [string, unknown]) => {
      if (!isName(name)) throw wrong(`${name} is no name of an argument or a variable`);
      if (!Array.isArray(values) || values.length === 0) throw wrong(`${name} has no list of values`);
      return [name, values.map((value: unknown) => toText(value))];
    }),
  );
}

function isName(name: string): boolean {
  return VARIABLE.test(name) || ARGUMENT.test(name);
}

/** The search space around a profile. @throws AimError usage when there is nothing to try */
export function createSpace(profile: Profile, wishes: Wishes): readonly Dimension[] {
  const space = [...wishes].map(([name, values]) => createDimension(profile, name, values));
  if (space.some(({ values }) => values.length > 1)) return space;
  throw failure('usage', {
    message: 'there is nothing to try besides what the profile has already',
    hint: 'Name arguments with --param NAME=VALUE,VALUE, or a file with --search.',
  });
}

function createDimension(profile: Profile, name: string, wanted: readonly string[]): Dimension {
  const kind = VARIABLE.test(name) ? 'variable' : 'argument';
  const base = kind === 'variable' ? (profile.envVars[name] ?? OFF) : argumentText(profile, name);
  const all = [...new Set([base, ...wanted])];
  const isNumber = (text: string) => Number.isFinite(Number(text));
  const numbers = all.filter(isNumber).sort((a, b) => Number(a) - Number(b));
  const values = [...all.filter((text) => !isNumber(text)), ...numbers];
  return { name, kind, values, baseIndex: values.indexOf(base) };
}

function argumentText({ engineArgs }: Profile, name: string): string {
  const entry = Object.entries(engineArgs).find(([key]) => canonicalName(key) === canonicalName(name));
  return entry === undefined ? OFF : toText(entry[1]);
}

function toText(value: unknown): string {
  if (value === null || value === undefined || value === true) return ON;
  if (value === false) return OFF;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The place of the profile itself. */
export function baseCandidate(space: readonly Dimension[]): Candidate {
  return space.map(({ baseIndex }) => baseIndex);
}

/** Name of a candidate: unique in its space, and usable for a file. */
export function candidateKey(candidate: Candidate): string {
  return candidate.join('-');
}

/** What a candidate differs in from the profile, as edits of its text. */
export function toEdits(space: readonly Dimension[], candidate: Candidate): readonly Edit[] {
  return space.flatMap(({ name, kind, values, baseIndex }, at): Edit[] => {
    const index = candidate[at] ?? baseIndex;
    const text = values[index];
    if (index === baseIndex || text === undefined) return [];
    const section = kind === 'variable' ? 'env_vars' : 'engine_args';
    if (text === OFF) return [{ section, key: name, value: undefined }];
    if (kind === 'variable') return [{ section, key: name, value: JSON.stringify(text) }];
    return [{ section, key: name, value: text === ON ? '' : renderValue(text) }];
  });
}

function renderValue(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

/** `max-num-seqs=256 async-scheduling=on`; `as it is` for the profile itself. */
export function describeCandidate(space: readonly Dimension[], candidate: Candidate): string {
  const parts = space.flatMap(({ name, values, baseIndex }, at) => {
    const index = candidate[at] ?? baseIndex;
    return index === baseIndex ? [] : [`${name}=${values[index] ?? ''}`];
  });
  return parts.length === 0 ? 'as it is' : parts.join(' ');
}
