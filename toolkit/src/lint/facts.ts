import {
  findArgProblems,
  loadEngineTable,
  type ArgSchema,
  type EngineArgProblem,
  type EngineTable,
} from 'aim-runtime/engine';
import type { Engine } from 'aim-runtime/profile';
import type { EngineVersion } from './engine-versions.ts';
import type { Argument } from './profile-view.ts';
import { existsOn, type Lifetime } from './timeline.ts';

/** Form of a variable's value; `flag` is 1, 0, true or false, `integer-flag` is 1 or 0. */
export interface VariableFacts {
  readonly kind: 'text' | 'integer' | 'number' | 'flag' | 'integer-flag' | 'choice' | 'choices' | 'json';
  readonly choices?: readonly string[];
}

/** What is known about the engines that profiles are written for. */
export interface LintFacts {
  /** The version that vLLM profiles are checked against. */
  readonly version: EngineVersion;
  /** What the schema says of an argument; undefined for one that the version does not have. */
  argument(engine: Engine, name: string): ArgSchema | undefined;
  /** Every argument's name. */
  argumentNames(engine: Engine): readonly string[];
  /** What the engine's own parser would say to the value of one known argument. */
  argumentProblems(engine: Engine, arg: Argument): readonly EngineArgProblem[];
  /** When a vLLM flag came and went; undefined for a name that never was one. */
  flagLifetime(name: string): Lifetime | undefined;
  /** When an environment variable of vLLM came and went. */
  variableLifetime(name: string): Lifetime | undefined;
  /** What vLLM or a component below it reads a variable as; undefined when nothing is known to read it. */
  variable(name: string): VariableFacts | undefined;
  /** Names of all variables of vLLM in the version, and of the components below it. */
  readonly variableNames: readonly string[];
}

/** Loads the tables that profiles of these engines need. */
export async function loadFacts(version: EngineVersion, engines: readonly Engine[]): Promise<LintFacts> {
  const [flags, variables, env, ...tables] = await Promise.all([
    import('../../data/vllm-flag-timeline.json', { with: { type: 'json' } }),
    import('../../data/vllm-env-timeline.json', { with: { type: 'json' } }),
    import('../../data/vllm-env.json', { with: { type: 'json' } }),
    ...engines.map(loadEngineTable),
  ]);
  return createFacts({
    version,
    tables: new Map(engines.flatMap((engine, index) => (tables[index] ? [[engine, tables[index]]] : []))),
    flags: new Map<string, Lifetime>(Object.entries(flags.default.flags)),
    variableLives: new Map<string, Lifetime>(Object.entries(variables.default.variables)),
    variables: new Map(Object.entries(env.default.variables as Record<string, VariableFacts>)),
    others: new Map(Object.entries(env.default.others as Record<string, VariableFacts>)),
  });
}

/** Problems of an argument by its value. */
type Answers = Map<unknown, readonly EngineArgProblem[]>;

interface Tables {
  readonly version: EngineVersion;
  readonly tables: ReadonlyMap<Engine, EngineTable>;
  readonly flags: ReadonlyMap<string, Lifetime>;
  readonly variableLives: ReadonlyMap<string, Lifetime>;
  readonly variables: ReadonlyMap<string, VariableFacts>;
  readonly others: ReadonlyMap<string, VariableFacts>;
}

function createFacts({ version, tables, flags, variableLives, variables, others }: Tables): LintFacts {
  const checked = { vllm: new Map<string, Answers>(), sglang: new Map<string, Answers>() };
  const lifetime = (name: string): Lifetime | undefined => flags.get(name) ?? flags.get(name.replace(/^no-/, ''));
  // Another version has what its own day had; of what is in the pinned one too, its description serves.
  const isIn = (life: Lifetime | undefined): boolean => life === undefined || existsOn(life, version.date);
  const known = (name: string): boolean =>
    version.pinned
      ? variables.has(name)
      : variableLives.has(name)
        ? isIn(variableLives.get(name))
        : variables.has(name);
  const argument = remember2((engine, name) => {
    const property = propertyOf(tables.get(engine), name);
    if (version.pinned || engine !== 'vllm') return property;
    const life = lifetime(name);
    return isIn(life) ? (property ?? (life && {})) : undefined;
  });
  return {
    version,
    argument,
    argumentNames: (engine) => Object.keys(tables.get(engine)?.schema.properties ?? {}),
    argumentProblems: (engine, arg) => {
      const table = tables.get(engine);
      // Of an argument that came after the pinned version no value can be told wrong.
      if (table === undefined || propertyOf(table, arg.name) === undefined) return [];
      if (isPlainlyRight(argument(engine, arg.name), arg.value)) return [];
      const answers: Answers = checked[engine].get(arg.key) ?? new Map<unknown, readonly EngineArgProblem[]>();
      checked[engine].set(arg.key, answers);
      // Values that are no scalars are compared by their text.
      const id = typeof arg.value === 'object' && arg.value !== null ? JSON.stringify(arg.value) : arg.value;
      const before = answers.get(id);
      if (before) return before;
      const problems = findArgProblems(table, { [arg.key]: arg.value });
      answers.set(id, problems);
      return problems;
    },
    flagLifetime: lifetime,
    variableLifetime: (name) => variableLives.get(name),
    variable: (name) => (known(name) ? (variables.get(name) ?? { kind: 'text' }) : others.get(name)),
    variableNames: [...new Set([...variables.keys(), ...variableLives.keys()])].filter(known).concat(...others.keys()),
  };
}

/** Remembers answers: the same few arguments are asked about in every profile. */
function remember2<Result>(
  compute: (engine: Engine, name: string) => Result,
): (engine: Engine, name: string) => Result {
  const known = { vllm: new Map<string, Result>(), sglang: new Map<string, Result>() };
  return (engine, name) => {
    const before = known[engine].get(name);
    if (before !== undefined || known[engine].has(name)) return before as Result;
    const result = compute(engine, name);
    known[engine].set(name, result);
    return result;
  };
}

/** Counts are most of all values, and need no parser; patterns are about texts. */
function isPlainlyRight(property: ArgSchema | undefined, value: unknown): boolean {
  if (!Number.isSafeInteger(value) || (value as number) <= 0 || property === undefined) return false;
  return [property.type].flat().includes('integer') && property.enum === undefined && property.anyOf === undefined;
}

/** `compilation-config.level` is described by the part before the dot. */
function propertyOf(table: EngineTable | undefined, name: string): ArgSchema | undefined {
  const properties = table?.schema.properties ?? {};
  const base = name.split('.')[0] ?? name;
  if (base !== name && /json|object/.test(properties[base]?.['x-cli']?.type ?? '')) return properties[base];
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
