import validateBase from '../generated/base-metadata.js';
import validateModel from '../generated/model-metadata.js';
import validateProfile from '../generated/profile.js';
import type { Validate } from '../generated/validator.d.ts';
import type { SchemaError } from './schema-problems.ts';

const VALIDATORS = {
  profile: validateProfile,
  'model-metadata': validateModel,
  'base-metadata': validateBase,
} satisfies Record<string, Validate>;

/** Kinds of files that a schema describes. */
export type CheckedKind = keyof typeof VALIDATORS;

/** Everything in which data departs from the schema of its kind, as the validator says it. */
export function findSchemaErrors(kind: CheckedKind, data: unknown): readonly SchemaError[] {
  const validate: Validate = VALIDATORS[kind];
  return validate(data) ? [] : (validate.errors ?? []);
}
