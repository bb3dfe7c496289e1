import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { checkEngineArgs, renderProblem } from '../engine/index.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { describeProblem, readProfile } from '../profile/load.ts';
import { checkBaseMetadata, checkModelMetadata } from '../profile/model-metadata.ts';
import { createProfileParser } from '../profile/parse.ts';
import { positionOf } from '../profile/schema-problems.ts';
import type { Layer, Profile, ProfileProblem } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import { parseArguments, usage } from './arguments.ts';
import type { Command } from './context.ts';

/** Checks profile and metadata files, engine arguments included. */
export const validate: Command = {
  name: 'validate',
  summary: 'check profile and metadata files',
  usage: 'aim-runtime validate FILE...',
  run: async (args, context) => {
    const { positionals } = parseArguments(args, {}, 'files');
    if (positionals.length === 0) throw usage('validate needs the files to check', 'aim-runtime validate FILE...');
    const lines: string[] = [];
    for (const file of positionals) {
      const problems = await checkFile(file);
      lines.push(...problems.map((problem) => describeProblem(file, problem)));
      if (problems.length === 0) context.print(`${file}: valid\n`);
    }
    if (lines.length === 0) return;
    throw new AimError<RuntimeErrorCode>('config', {
      message: `${lines.length} ${lines.length === 1 ? 'problem' : 'problems'} in ${positionals.length} ${positionals.length === 1 ? 'file' : 'files'}`,
      details: lines,
    });
  },
};

async function checkFile(file: string): Promise<readonly ProfileProblem[]> {
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
  return problems.map((problem) => ({
    message: `engine_args.${renderProblem(problem)}`,
    ...positionOf(text, ['engine_args', ...problem.path.split('/')]),
  }));
}
