import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import {
  createProfileParser,
  describeProblem,
  findProfileFiles,
  readProfile,
  type Layer,
  type ProfileFile,
} from 'aim-runtime/profile';
import { messageOf, nearest, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { LabelTree } from './labels.ts';
import { parseMetadata } from './metadata.ts';
import { parseAimId } from './names.ts';
import type { SourceFile } from './plan.ts';

/** Folders directly below profiles/ that are no organisation. */
const NOT_ORGANISATIONS = new Set(['general', 'custom', 'base']);
/** Schemas of this program's own output, which no image needs. */
const CLI_SCHEMAS = 'cli/';

/** Every `org/model` that has a folder below the profiles folder, sorted. */
export function listModels(profiles: string): string[] {
  const organisations = foldersIn(profiles).filter((name) => !NOT_ORGANISATIONS.has(name));
  return organisations.flatMap((org) => foldersIn(join(profiles, org)).map((model) => `${org}/${model}`)).sort();
}

/**
 * Resolves the models a user named, or all. @throws AimError usage for an unknown model, with the nearest names
 */
export function resolveModels(
  profiles: string,
  request: { readonly names: readonly string[]; readonly all: boolean },
): string[] {
  const known = listModels(profiles);
  if (request.all) return known.length > 0 ? known : unknownModel('any model', [], profiles);
  return [...new Set(request.names.map(parseAimId))].map((name) => {
    return known.includes(name) ? name : unknownModel(name, known, profiles);
  });
}

/** A model's profiles. @throws AimError check-failed naming each invalid file with line and column */
export function loadModelProfiles(profiles: string, aimId: string): SourceFile[] {
  const files = validFiles(findProfileFiles({ root: profiles, model: aimId }), 'model');
  if (files.length > 0) return toSources(files, join(profiles, aimId));
  throw failure('check-failed', {
    message: `${aimId} has no profile in ${join(profiles, aimId)}`,
    hint: "Add at least one, for example a copy of another model's with its aim_id and model_id changed.",
  });
}

/** The general profiles. @throws AimError check-failed naming each invalid file with line and column */
export function loadGeneralProfiles(profiles: string): SourceFile[] {
  return toSources(
    validFiles(findProfileFiles({ root: profiles, model: undefined }), 'general'),
    join(profiles, 'general'),
  );
}

/** Labels tree of `<profiles>/<folder>/metadata.yaml`. @throws AimError check-failed with line and column */
export function loadMetadata(profiles: string, folder: string): LabelTree {
  const file = join(profiles, folder, 'metadata.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    throw failure('check-failed', {
      message: missing ? `${file} is missing` : `cannot read ${file}: ${messageOf(error)}`,
      hint: "The image's labels come from this file.",
      cause: error,
    });
  }
  return parseMetadata(text, { file, kind: folder === 'base' ? 'base' : 'model' });
}

/** The JSON Schemas that images carry. */
export function listSchemas(schemas: string): SourceFile[] {
  const files = readdirSync(schemas, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
  return toSources(files, schemas).filter(({ name }) => !name.startsWith(CLI_SCHEMAS));
}

function validFiles(found: readonly ProfileFile[], layer: Layer): string[] {
  const parser = createProfileParser();
  const files = found.filter((file) => file.layer === layer);
  const problems = files.flatMap((file) => {
    const result = readProfile(file, parser);
    return 'problems' in result ? result.problems.map((problem) => describeProblem(file.path, problem)) : [];
  });
  if (problems.length === 0) return files.map(({ path }) => path);
  throw failure('check-failed', {
    message: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in profiles`,
    details: problems,
    hint: 'Correct the files; no image is built from invalid profiles.',
  });
}

function toSources(files: readonly string[], folder: string): SourceFile[] {
  return files
    .map((source) => ({ name: relative(folder, source).split(sep).join('/'), source }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (error) {
    throw failure('usage', {
      message: `cannot read the profiles folder ${folder}: ${messageOf(error)}`,
      hint: 'Name it with --profiles.',
      cause: error,
    });
  }
}

function unknownModel(name: string, known: readonly string[], profiles: string): never {
  const close = nearest(name, known);
  const sameModel = known.filter((other) => other.toLowerCase().includes(name.toLowerCase().split('/').pop() ?? name));
  const suggestions = [...new Set([...(close === undefined ? [] : [close]), ...sameModel])].slice(0, 5);
  throw failure('usage', {
    message: `there are no profiles of ${name} in ${profiles}`,
    hint:
      suggestions.length > 0
        ? `Did you mean ${suggestions.join(' or ')}?`
        : `Known models: ${known.join(', ') || 'none'}.`,
  });
}
