import { readFileSync } from 'node:fs';
import { messageOf } from '../system/errors.ts';
import { findProfileFiles, type ProfileFile, type SearchPath } from './find-files.ts';
import { profileId } from './identity.ts';
import { createProfileParser, type ProfileParser } from './parse.ts';
import type { InvalidProfile, Profile, ProfileProblem } from './types.ts';

/** What the searched folders hold. */
export interface ProfileSet {
  readonly profiles: readonly Profile[];
  readonly invalid: readonly InvalidProfile[];
  /** Oddities of files that are used all the same, one line each with file and position. */
  readonly warnings: readonly string[];
}

/** Reads every profile of the search path; files that are no profiles end up in `invalid`, never as an exception. */
export function loadProfiles(search: SearchPath): ProfileSet {
  const parser = createProfileParser();
  const set = { profiles: [] as Profile[], invalid: [] as InvalidProfile[], warnings: [] as string[] };
  const files = findProfileFiles(search, ({ message }) => set.warnings.push(message));
  for (const file of files) {
    const result = readProfile(file, parser);
    if ('problems' in result) set.invalid.push(result);
    else {
      set.profiles.push(result.profile);
      set.warnings.push(...result.warnings.map((warning) => describeProblem(file.path, warning)));
    }
  }
  return set;
}

/** Reads one file as a profile of the given layer. */
export function readProfile(
  file: ProfileFile,
  parser: ProfileParser,
): InvalidProfile | { readonly profile: Profile; readonly warnings: readonly ProfileProblem[] } {
  const text = readText(file.path);
  const result = text.ok ? parser(file, text.value) : text;
  if (result.ok) return { profile: result.profile, warnings: result.warnings };
  return {
    id: profileId(file.layer, file.name, undefined),
    path: file.path,
    layer: file.layer,
    problems: result.problems,
  };
}

/** `file:line:column: message`, with what is known of the position, and the hint. */
export function describeProblem(path: string, problem: ProfileProblem): string {
  const position = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${path}${position}: ${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`;
}

function readText(path: string): { ok: true; value: string } | { ok: false; problems: ProfileProblem[] } {
  try {
    const value = readFileSync(path, 'utf8');
    if (!value.includes('\uFFFD')) return { ok: true, value };
    return { ok: false, problems: [{ message: 'is not UTF-8 text', line: undefined, column: undefined }] };
  } catch (error) {
    return {
      ok: false,
      problems: [{ message: `cannot be read: ${messageOf(error)}`, line: undefined, column: undefined }],
    };
  }
}
