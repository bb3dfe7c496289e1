import {
  createEngineTable,
  findArgProblems,
  loadEngineTable,
  type ArgsValidator,
  type EngineArgProblem,
  type EngineTable,
} from 'aim-runtime/engine';
import type { Profile } from 'aim-runtime/profile';
import type { WrittenSchema } from './schema.ts';
import { findArgErrors } from './validate.ts';

/** A profile with arguments that an engine would refuse. */
export interface BrokenProfile {
  readonly profile: string;
  readonly problems: readonly EngineArgProblem[];
}

/** What a schema changes against the one that this program was made with. */
export interface SchemaChanges {
  /** Version of that one. */
  readonly against: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The table of an engine whose arguments were read from an image. */
export function createReadTable(schema: WrittenSchema): EngineTable {
  const validator: ArgsValidator & { errors?: ArgsValidator['errors'] } = (args) => {
    const errors = findArgErrors(schema, args as Readonly<Record<string, unknown>>);
    validator.errors = errors;
    return errors.length === 0;
  };
  return createEngineTable(schema, validator);
}

/** The profiles of this engine that would not start with it, each with every problem. */
export function findBrokenProfiles(schema: WrittenSchema, profiles: readonly Profile[]): readonly BrokenProfile[] {
  const table = createReadTable(schema);
  const { name } = schema['x-engine'];
  return profiles
    .filter(({ metadata }) => metadata.engine === name)
    .map(({ path, engineArgs }) => ({ profile: path, problems: findArgProblems(table, engineArgs) }))
    .filter(({ problems }) => problems.length > 0);
}

/** Arguments that came and went since the version that this program knows. */
export async function compareWithKnown(schema: WrittenSchema): Promise<SchemaChanges> {
  const { schema: known } = await loadEngineTable(schema['x-engine'].name);
  const [before, after] = [known, schema].map(({ properties }) => Object.keys(properties));
  const missing = (from: readonly string[] = [], others: readonly string[] = []) => {
    const there = new Set(others);
    return from.filter((name) => !there.has(name)).sort();
  };
  return { against: known['x-engine'].version, added: missing(after, before), removed: missing(before, after) };
}
