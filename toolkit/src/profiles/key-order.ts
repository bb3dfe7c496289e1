import { settingName } from './argument-names.ts';

/** Order of the keys at the top of a profile. */
const PROFILE_KEYS = ['aim_id', 'model_id', 'metadata', 'engine_args', 'env_vars'];

/** Order of the keys of `metadata`; the two generations of a key share a place. */
const METADATA_KEYS = [
  'engine',
  'accelerator_type',
  'accelerator_family',
  'gpu',
  'accelerator_model',
  'precision',
  'gpu_count',
  'accelerator_count',
  'metric',
  'manual_selection_only',
  'type',
];

/** Puts keys into the order in which they belong; keys of equal rank keep theirs. */
export type KeyComparator = (left: string, right: string) => number;

/**
 * How the keys of a mapping of a profile are ordered; undefined where their order is the author's. `keys` are all of
 * them: engine arguments that decide about the same thing keep their order, because the last of them counts.
 */
export function keyComparator(path: readonly string[], keys: readonly string[]): KeyComparator | undefined {
  if (path.length === 0) return byList(PROFILE_KEYS);
  if (path.length > 1) return undefined;
  if (path[0] === 'metadata') return byList(METADATA_KEYS);
  if (path[0] === 'env_vars') return byText((key) => key);
  if (path[0] !== 'engine_args') return undefined;
  const first = new Map(keys.toReversed().map((key) => [settingName(key), key]));
  return byText((key) => first.get(settingName(key)) ?? key);
}

/** The keys of each setting that has several, in their order. */
export function sharedSettings(keys: readonly string[]): string[][] {
  const bySetting = Map.groupBy(keys, settingName);
  return [...bySetting.values()].filter(({ length }) => length > 1);
}

function byText(textOf: (key: string) => string): KeyComparator {
  return (left, right) => Number(textOf(left) > textOf(right)) - Number(textOf(left) < textOf(right));
}

function byList(order: readonly string[]): KeyComparator {
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return (left, right) => rank(left) - rank(right);
}
