import { lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, systemCode } from '../system/errors.ts';
import { pathProblem } from './path-problem.ts';

/** The path, if it stays below the folder it is meant for; else AimError `cache`. */
export function requireSafePath(path: string, what: string): string {
  const problem = pathProblem(path);
  if (problem === undefined) return path;
  throw new AimError<RuntimeErrorCode>('cache', {
    message: `${what} ${JSON.stringify(path)} is refused: ${problem}`,
    hint: 'Nothing was written for it. Ask whoever offers the model why it has such a name.',
  });
}

/**
 * Makes `relative` below `root`, which must exist, and returns its path. Each folder on the way is looked at: one that
 * is a symbolic link to somewhere outside `root` is refused, so that nothing planted in a cache can redirect a write.
 */
export async function makeFolder(root: string, relative: string): Promise<string> {
  let path = root;
  for (const part of relative.split('/').filter((each) => each !== '')) {
    path = join(path, part);
    await mkdir(path).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    if ((await lstat(path)).isSymbolicLink()) await requireInside(root, path);
  }
  return path;
}

/** Removes a file below `root`. What is a folder by now stays, and so does what a link puts outside `root`. */
export async function removeBelow(root: string, relative: string): Promise<void> {
  const path = join(root, relative);
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() === false && (await isInside(root, dirname(path)))) await rm(path, { force: true });
}

async function isInside(root: string, path: string): Promise<boolean> {
  const [top, target] = await Promise.all([realpath(root), realpath(path).catch(() => undefined)]);
  return target !== undefined && `${target}${sep}`.startsWith(`${top}${sep}`);
}

async function requireInside(root: string, path: string): Promise<void> {
  if (await isInside(root, path)) return;
  throw new AimError<RuntimeErrorCode>('cache', {
    message: `${path} is a symbolic link that leads out of the cache: nothing is written through it`,
    hint: 'Remove the link, or mount the other disk at that place.',
  });
}
