import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** A file to be. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

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
    return readFileSync(path, 'utf8') === text ? 'unchanged' : 'replaced';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'created';
    throw refused(path, error);
  }
}

/** Replaced in one step, so that no reader sees half a file. */
function write({ path, text }: TextFile): void {
  try {
    makeFolder(dirname(path));
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    throw refused(path, error);
  }
}

/** With the folders above it. Node's own way of it never ends in places such as /proc that refuse with ENOENT. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

function refused(path: string, cause: unknown): Error {
  return failure('environment', {
    message: `cannot write ${path}: ${messageOf(cause)}`,
    hint: 'Name another folder, or make this one writable.',
    cause,
  });
}
