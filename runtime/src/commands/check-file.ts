import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { checkEngineArgs, renderProblem } from '../engine/index.ts';
import { readProfile } from '../profile/load.ts';
import { checkBaseMetadata, checkModelMetadata } from '../profile/model-metadata.ts';
import { createProfileParser } from '../profile/parse.ts';
import { positionOf } from '../profile/schema-problems.ts';
import { createYamlIndex } from '../profile/yaml-position.ts';
import type { Layer, Profile, ProfileProblem } from '../profile/types.ts';

/** Everything wrong in a profile or metadata file, engine arguments included. */
export async function checkFile(file: string): Promise<readonly ProfileProblem[]> {
  if (!existsSync(file)) return [{ message: 'there is no such file', line: undefined, column: undefined }];
  const text = readFileSync(file, 'utf8');
  if (basename(file) === 'metadata.yaml') {
    const result = /\/base\/[^/]+$/.test(resolve(file)) ? checkBaseMetadata(text) : checkModelMetadata(text);
    return result.ok ? result.warnings : result.problems;
  }
  const result = readProfile({ path: file, name: basename(file), layer: layerOf(file, text) }, createProfileParser());
  if ('problems' in result) return result.problems;
  return [...result.warnings, ...(await engineProblems(result.profile, text))];
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
