import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { checkEngineArgs, renderProblem } from '../engine/index.ts';
import { readProfile } from '../profile/load.ts';
import { checkBaseMetadata, checkModelMetadata } from '../profile/model-metadata.ts';
import { createProfileParser } from '../profile/parse.ts';
import { positionOf } from '../profile/schema-problems.ts';
import { createYamlIndex } from '../profile/yaml-position.ts';
import type { Layer, Profile, ProfileProblem } from '../profile/types.ts';
import { messageOf, systemCode } from '../system/errors.ts';

/** Everything wrong in a profile or metadata file, engine arguments included. */
export async function checkFile(file: string): Promise<readonly ProfileProblem[]> {
  const read = readText(file);
  if ('problem' in read) return [{ message: read.problem, line: undefined, column: undefined }];
  const { text } = read;
  if (basename(file) === 'metadata.yaml') {
    const result = /\/base\/[^/]+$/.test(resolve(file)) ? checkBaseMetadata(text) : checkModelMetadata(text);
    return result.ok ? result.warnings : result.problems;
  }
  const result = readProfile({ path: file, name: basename(file), layer: layerOf(file, text) }, createProfileParser());
  if ('problems' in result) return result.problems;
  return [...result.warnings, ...(await engineProblems(result.profile, text))];
}

function readText(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { problem: 'there is no such file' };
    if (code === 'EISDIR') return { problem: 'is a folder; name the files in it' };
    return { problem: `cannot be read: ${messageOf(error)}` };
  }
}

/** A file is held against the rules of the folder it lies in; elsewhere it is somebody's own. */
function layerOf(file: string, text: string): Layer {
  const path = resolve(file);
  if (/\/custom\//.test(path)) return 'custom';
  if (/\/general\/[^/]+$/.test(path)) return 'general';
  return /^aim_id:/m.test(text) ? 'model' : 'custom';
}

async function engineProblems(profile: Profile, text: string): Promise<ProfileProblem[]> {
  const problems = await checkEngineArgs(profile.metadata.engine, profile.engineArgs);
  const index = createYamlIndex(text);
  return problems.map((problem) => ({
    message: `engine_args.${renderProblem(problem)}`,
    ...positionOf(index, ['engine_args', ...problem.path.split('/')]),
  }));
}
