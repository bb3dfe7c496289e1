import { canonicalName } from 'aim-runtime/engine';
import { ENGINES, type ArgValue, type Engine } from 'aim-runtime/profile';
import { argumentName } from '../profiles/argument-names.ts';

/** An engine argument as the file spells it. */
export interface Argument {
  /** The key in the file. */
  readonly key: string;
  /** Spelling with dashes, by which arguments are compared. */
  readonly name: string;
  /** The one name of all that the engine has for it: `tensor-parallel-size` also for `tp-size`. */
  readonly option: string;
  readonly value: ArgValue;
}

/**
 * A profile as far as it can be read: whatever has the wrong type is missing here, so that rules about content
 * need not care for rules about form.
 */
export interface ProfileView {
  readonly aimId: string | undefined;
  readonly modelId: string | undefined;
  readonly engine: Engine | undefined;
  readonly gpu: string | undefined;
  readonly precision: string | undefined;
  readonly gpuCount: number | undefined;
  readonly metric: string | undefined;
  readonly type: string | undefined;
  readonly manual: boolean;
  /** Names of the two metadata keys that come in two generations. */
  readonly keys: { readonly gpu: string; readonly gpuCount: string };
  /** Every argument in file order, a name that is spelled twice included. */
  readonly args: readonly Argument[];
  /** Environment variables with a text as value. */
  readonly env: Readonly<Record<string, string>>;
  /** The argument of this name; of several spellings the last counts. */
  readonly arg: (name: string) => Argument | undefined;
  /** True for a flag that is given bare or as true, and whose `no-` form is not given. */
  readonly isOn: (name: string) => boolean;
  /** True for a flag whose `no-` form is given. */
  readonly isOff: (name: string) => boolean;
  /** Value of an argument that is a number, else the fallback. */
  readonly numberOf: (name: string, fallback: number) => number;
}

/** Reads a document's value; undefined when it is no mapping. */
export function createProfileView(value: unknown): ProfileView | undefined {
  if (!isMapping(value)) return undefined;
  const metadata = isMapping(value['metadata']) ? value['metadata'] : {};
  const env = isMapping(value['env_vars']) ? value['env_vars'] : {};
  const keys = {
    gpu: 'accelerator_model' in metadata ? 'accelerator_model' : 'gpu',
    gpuCount: 'accelerator_count' in metadata ? 'accelerator_count' : 'gpu_count',
  };
  const engine = metadata['engine'];
  const gpuCount = metadata[keys.gpuCount];
  return {
    aimId: textIn(value, 'aim_id'),
    modelId: textIn(value, 'model_id'),
    engine: ENGINES.find((name) => name === engine),
    gpu: textIn(metadata, keys.gpu),
    precision: textIn(metadata, 'precision'),
    gpuCount: typeof gpuCount === 'number' ? gpuCount : undefined,
    metric: textIn(metadata, 'metric'),
    type: textIn(metadata, 'type'),
    manual: metadata['manual_selection_only'] === true,
    keys,
    env: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    ...viewArguments(isMapping(value['engine_args']) ? value['engine_args'] : {}),
  };
}

type Arguments = Pick<ProfileView, 'args' | 'arg' | 'isOn' | 'isOff' | 'numberOf'>;

function viewArguments(engineArgs: Readonly<Record<string, unknown>>): Arguments {
  // YAML gives nothing else than what an argument may hold.
  const args = Object.entries(engineArgs).map(([key, value]) => ({
    key,
    // Most keys are spelled so already.
    name: key.includes('_') ? canonicalName(key) : key,
    option: argumentName(key),
    value: value as ArgValue,
  }));
  const byName = new Map(args.map((arg) => [arg.name, arg]));
  const isBare = (name: string): boolean => {
    const given = byName.get(name);
    return given !== undefined && (given.value === null || given.value === true);
  };
  return {
    args,
    arg: (name) => byName.get(name),
    isOn: (name) => isBare(name) && !isBare(`no-${name}`),
    isOff: (name) => isBare(`no-${name}`),
    numberOf: (name, fallback) => {
      const value = byName.get(name)?.value;
      return typeof value === 'number' ? value : fallback;
    },
  };
}

function textIn(mapping: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = mapping[key];
  return typeof value === 'string' ? value : undefined;
}

/** True for a mapping of a YAML or JSON document. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
