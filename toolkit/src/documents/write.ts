import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { makeFolder } from './make-folder.ts';

/** A file to be. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The part of a file's mode that is no type. */
const PERMISSIONS = 0o7777;

/** What became of a file. */
export type WriteOutcome = 'created' | 'replaced' | 'unchanged';

/**
 * Writes all files or, when one would replace another text without `force`, none.
 * @throws AimError check-failed naming the files in the way, environment when the disk refuses
 */
export function writeDocuments(files: readonly TextFile[], options: { readonly force: boolean }): WriteOutcome[] {
  const outcomes = planDocuments(files);
  const inTheWay = files.filter((_, index) => outcomes[index] === 'replaced');
  if (inTheWay.length > 0 && !options.force) {
    throw failure('check-failed', {
      message: `${inTheWay.length === 1 ? 'a file exists' : `${inTheWay.length} files exist`} with another content`,
      details: inTheWay.map(({ path }) => path),
      hint: 'Give --force to replace them; nothing was written.',
    });
  }
  files.forEach((file, index) => {
    if (outcomes[index] !== 'unchanged') write(file);
  });
  return outcomes;
}

/** What writing the files would do to each. @throws AimError environment when one cannot be read */
export function planDocuments(files: readonly TextFile[]): WriteOutcome[] {
  return files.map(outcomeOf);
}

function outcomeOf({ path, text }: TextFile): WriteOutcome {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return 'created';
    // Reading a pipe or a terminal would wait for ever.
    if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'it is a folder' : 'it is no regular file');
    return readFileSync(path, 'utf8') === text ? 'unchanged' : 'replaced';
  } catch (error) {
    throw refused(path, error);
  }
}

/** A link stays one: the file that it leads to is written. */
function write({ path, text }: TextFile): void {
  try {
    makeFolder(dirname(path));
    const before = statSync(path, { throwIfNoEntry: false });
    replace(before ? realpathSync(path) : path, text, before?.mode);
  } catch (error) {
    throw refused(path, error);
  }
}

/** In one step, so that no reader sees half a file. `mode` has the permissions that the file keeps. */
function replace(path: string, text: string, mode: number | undefined): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    if (mode !== undefined) chmodSync(draft, mode & PERMISSIONS);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function refused(path: string, cause: unknown): Error {
  return failure('environment', {
    message: `cannot write ${path}: ${messageOf(cause)}`,
    hint: 'Name another folder, or make this one writable.',
    cause,
  });
}
