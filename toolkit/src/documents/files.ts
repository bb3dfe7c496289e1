import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { DocumentProblem } from './check.ts';

/** Largest file that is read: the catalogue's have a few kilobytes. */
const MOST_BYTES = 2 ** 20;

/** A file with what is wrong in it. */
export interface CheckedFile {
  readonly file: string;
  readonly problems: readonly DocumentProblem[];
}

/** Result of the commands that validate files. */
export interface ValidationReport {
  readonly files: readonly CheckedFile[];
  readonly summary: { readonly files: number; readonly errors: number; readonly warnings: number };
}

/**
 * The YAML files of a folder and the folders in it, sorted. Hidden folders, linked ones and those of installed packages
 * are not entered. @throws AimError usage when one cannot be read
 */
export function listYamlFiles(folder: string): string[] {
  return walk(folder).sort();
}

function walk(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return walk(path);
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw failure('usage', {
      message: `cannot read the folder ${folder}: ${messageOf(error)}`,
      hint: 'Name an existing folder.',
      cause: error,
    });
  }
}

/** Text of a file. @throws AimError usage when it cannot be read as UTF-8 text of sensible size */
export function readDocument(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes; at most ${MOST_BYTES} are read`);
    const text = readFileSync(file, 'utf8');
    if (text.includes('\uFFFD')) throw new Error('it is not UTF-8 text');
    return text;
  } catch (error) {
    const reason = systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw failure('usage', { message: `cannot read ${file}: ${reason}`, hint: 'Name a YAML file.', cause: error });
  }
}

/** Files with their problems, and how many there are. */
export function summarize(files: readonly CheckedFile[]): ValidationReport {
  const of = (severity: DocumentProblem['severity']) =>
    files.reduce((sum, { problems }) => sum + problems.filter((problem) => problem.severity === severity).length, 0);
  return { files, summary: { files: files.length, errors: of('error'), warnings: of('warning') } };
}
