import { existsSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  createProfileParser,
  describeProblem,
  profileName,
  readProfile,
  type Profile,
  type ProfileFile,
  type ProfileProblem,
} from 'aim-runtime/profile';
import { nearestNames } from 'aim-runtime/system';
import { listYamlFiles } from '../documents/files.ts';
import { failure } from '../exit-codes.ts';
import { classify, createRootFinder } from '../lint/file-kinds.ts';
import { findLintFiles } from '../lint/find-files.ts';

const PROFILE = /\.ya?ml$/;
const NO_PROFILES = new Set(['metadata.yaml']);

/** Paths of all profiles below a folder, sorted, the invalid ones included. @throws AimError usage */
export function listProfileFiles(folder: string): string[] {
  return listYamlFiles(folder).filter((path) => !NO_PROFILES.has(basename(path)) && isFile(path));
}

/**
 * Files of what was named: a file is itself, a folder stands for what is a profile to `aimctl lint` below it, so that
 * other YAML there is left alone. @throws AimError usage for what is not there or cannot be read
 */
export function expandPaths(paths: readonly string[]): string[] {
  const rootOf = createRootFinder();
  return paths.flatMap((path) => {
    const stats = statOf(path);
    if (stats?.isFile() === true) return [path];
    if (stats?.isDirectory() !== true) {
      throw failure('usage', {
        message: `there is no file or folder ${path}`,
        hint: 'Name profiles, or their folder.',
      });
    }
    const folder = resolve(path);
    return findLintFiles([folder], { cwd: folder, rootOf })
      .filter((file) => classify(file, rootOf(dirname(file))).kind === 'profile')
      .map((file) => join(path, relative(folder, file)));
  });
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

/** Undefined for what is not there, and for what cannot be reached, such as a link to itself. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Path of a profile named by a file, or by the end of its path below the profiles folder, with or without `.yaml`,
 * when only one profile ends so. Throws AimError `usage` with the nearest names when there is none, or several.
 */
export function findProfilePath(name: string, root: string): string {
  for (const path of [resolve(name), join(root, name), join(root, `${name}.yaml`)]) {
    if (PROFILE.test(path) && isFile(path)) return path;
  }
  const all = existsSync(root) ? listProfileFiles(root) : [];
  const idOf = (path: string) => profileName(relative(root, path));
  const same = all.filter((path) => `/${idOf(path)}`.endsWith(`/${profileName(name)}`));
  const [only] = same;
  if (only !== undefined && same.length === 1) return only;
  if (same.length > 1) {
    throw failure('usage', {
      message: `${same.length} profiles are called ${name}`,
      details: same.map(idOf),
      hint: 'Name one of them with its folder.',
    });
  }
  const ids = all.map(idOf);
  const near = nearestNames(name, name.includes('/') ? ids : [...new Set(ids.map((id) => basename(id)))]);
  throw failure('usage', {
    message: `there is no profile ${name}, neither as a file nor below ${root}`,
    hint: near.length === 0 ? 'aimctl profile list shows all.' : `Did you mean ${near.join(' or ')}?`,
  });
}

/** Reads a profile, or throws AimError `check-failed` with every problem and its place. */
export function loadProfile(path: string): Profile {
  const result = readProfile(fileOf(path), createProfileParser());
  if ('profile' in result) return result.profile;
  throw invalid(path, result.problems);
}

/** What files hold: the profiles, and the paths of the files that are no valid ones. */
export function loadValidProfiles(paths: readonly string[]): { profiles: Profile[]; invalid: string[] } {
  const parser = createProfileParser();
  const results = paths.map((path) => ({ path, result: readProfile(fileOf(path), parser) }));
  return {
    profiles: results.flatMap(({ result }) => ('profile' in result ? [result.profile] : [])),
    invalid: results.flatMap(({ path, result }) => ('profile' in result ? [] : [path])),
  };
}

/** The profile that a text in place of a file would be; throws as {@link loadProfile}. */
export function parseProfile(path: string, text: string): Profile {
  const result = createProfileParser()(fileOf(path), text);
  if (result.ok) return result.profile;
  throw invalid(path, result.problems);
}

/** The other valid profiles of a profile's folder. */
export function loadSiblings(path: string): Profile[] {
  return loadValidProfiles(listProfileFiles(dirname(path)).filter((sibling) => sibling !== path)).profiles;
}

function invalid(path: string, problems: readonly ProfileProblem[]): Error {
  return failure('check-failed', {
    message: `${path} is no valid profile`,
    details: problems.map((problem) => describeProblem(path, problem)),
    hint: `aimctl lint ${path} says more.`,
  });
}

/** The place of a profile's file; the layer only decides whether a model must, may or must not be named. */
function fileOf(path: string): ProfileFile {
  const general = basename(dirname(resolve(path))) === 'general';
  return { path, name: basename(path), layer: general ? 'general' : 'custom' };
}
