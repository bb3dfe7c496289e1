import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { isLintable, isRecipe, readQuietly } from './file-kinds.ts';

/** Folders that hold nothing a person wrote. */
const SKIPPED = new Set(['node_modules', 'dist', 'assets', 'coverage']);
/** A YAML file outside any profiles folder is taken for a profile only when it looks like one, a recipe likewise. */
const LOOKS_LIKE_PROFILE = /^(?:engine_args|aim_id|model_id):/m;

/**
 * Absolute paths of the files to check: the named ones, and from named folders what can be checked, sorted.
 * @throws AimError usage for a path that does not exist
 */
export function findLintFiles(
  paths: readonly string[],
  options: { readonly cwd: string; readonly rootOf: (folder: string) => string | undefined },
): string[] {
  const found = paths.flatMap((path) => {
    const absolute = resolve(options.cwd, path);
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (!stat) {
      const hint = 'Name files, or folders with profiles, recipes or schemas.';
      throw failure('usage', { message: `there is no file or folder ${path}`, hint });
    }
    return stat.isDirectory() ? walk(absolute, options.rootOf) : [absolute];
  });
  return [...new Set(found)].sort();
}

function walk(folder: string, rootOf: (folder: string) => string | undefined): string[] {
  const inRoot = rootOf(folder) !== undefined;
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith('.') || SKIPPED.has(entry.name) ? [] : walk(path, rootOf);
    if (!isLintable(entry.name) || !isFile(entry, path)) return [];
    if (inRoot || entry.name.endsWith('.json')) return [path];
    const text = readQuietly(path);
    return LOOKS_LIKE_PROFILE.test(text) || isRecipe(path, text) ? [path] : [];
  });
}

function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw failure('usage', {
      message: `cannot read the folder ${folder}: ${messageOf(error)}`,
      hint: 'Give this user read access to it.',
      cause: error,
    });
  }
}
