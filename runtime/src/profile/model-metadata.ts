import validateBase from '../generated/base-metadata.js';
import validateModel from '../generated/model-metadata.js';
import type { BaseMetadataFile } from '../generated/base-metadata.js';
import type { ModelMetadataFile } from '../generated/model-metadata.js';
import type { ValidateAs } from '../generated/validator.d.ts';
import { AimError } from '../system/errors.ts';
import { describeProblem } from './load.ts';
import { describeSchemaErrors } from './schema-problems.ts';
import type { ProfileProblem } from './types.ts';
import { parseYaml } from './yaml.ts';

export type { BaseMetadataFile, ModelMetadataFile };

/** What a metadata.yaml says, or everything that is wrong with it. */
export type MetadataResult<Data> =
  | { readonly ok: true; readonly metadata: Data; readonly warnings: readonly ProfileProblem[] }
  | { readonly ok: false; readonly problems: readonly ProfileProblem[] };

const NO_MAPPING: ProfileProblem = { message: 'the file holds no mapping with org and com', line: 1, column: 1 };

/** Reads the text of a model's metadata.yaml and checks it against schemas/model-metadata.schema.json. */
export function checkModelMetadata(text: string): MetadataResult<ModelMetadataFile> {
  return check(text, validateModel);
}

/** Reads the text of the base image's metadata.yaml and checks it against schemas/base-metadata.schema.json. */
export function checkBaseMetadata(text: string): MetadataResult<BaseMetadataFile> {
  return check(text, validateBase);
}

/**
 * A model's metadata.yaml as data; `file` is the path that errors show.
 * Throws an AimError `config` whose details are all problems as `file:line:column: message`.
 */
export function parseModelMetadata(text: string, file: string): ModelMetadataFile {
  return metadataOf(checkModelMetadata(text), file);
}

/** The base image's metadata.yaml as data; fails as {@link parseModelMetadata} does. */
export function parseBaseMetadata(text: string, file: string): BaseMetadataFile {
  return metadataOf(checkBaseMetadata(text), file);
}

function check<Data>(text: string, validate: ValidateAs<Data>): MetadataResult<Data> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return { ok: false, problems: [yaml.problem] };
  if (typeof yaml.value !== 'object' || yaml.value === null) return { ok: false, problems: [NO_MAPPING] };
  if (validate(yaml.value)) return { ok: true, metadata: yaml.value, warnings: yaml.warnings };
  return { ok: false, problems: describeSchemaErrors(validate.errors ?? [], yaml.value, text) };
}

function metadataOf<Data>(result: MetadataResult<Data>, file: string): Data {
  if (result.ok) return result.metadata;
  const { length } = result.problems;
  throw new AimError('config', {
    message: `${file} does not describe an image: ${length === 1 ? 'one problem' : `${length} problems`}`,
    hint: 'Correct the lines below; schemas/ says what each key is for.',
    details: result.problems.map((problem) => describeProblem(file, problem)),
  });
}
