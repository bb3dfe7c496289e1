import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import type { ServerIdentity } from '../host.ts';
import { makeFolder } from '../../documents/make-folder.ts';

/** What happened in a run, in order. A repeat counts from the moment its entry is on the disk. */
export type JournalEntry =
  | { readonly kind: 'begin'; readonly at: string; readonly host: string }
  | { readonly kind: 'server'; readonly at: string; readonly server: number; readonly identity: ServerIdentity }
  | {
      readonly kind: 'repeat';
      readonly at: string;
      readonly server: number;
      readonly key: string;
      readonly id: string;
      /** Number of the file that holds it, below the run's folder. */
      readonly file: string;
    }
  | {
      readonly kind: 'failed';
      readonly at: string;
      readonly server: number;
      readonly id: string | null;
      readonly message: string;
    };

const KINDS: readonly unknown[] = ['begin', 'server', 'repeat', 'failed'];
const NEWLINE = 10;

/** Entries of a journal in order; lines that were cut off or damaged are left out. @throws AimError disk */
export function readJournal(path: string): JournalEntry[] {
  return readText(path)
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? []);
}

/** Adds an entry and waits until it is on the disk. @throws AimError disk */
export function appendJournal(path: string, entry: JournalEntry): void {
  try {
    makeFolder(dirname(path));
    const file = openSync(path, 'a+');
    try {
      // A line that a dying process left half written must not swallow this one.
      const separator = endsInLine(file) ? '' : '\n';
      writeSync(file, `${separator}${JSON.stringify(entry)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw failure('disk', {
      message: `cannot write ${path}: ${messageOf(error)}`,
      hint: 'Free some space or choose another folder with --output.',
      cause: error,
    });
  }
}

function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw failure('disk', { message: `cannot read ${path}: ${messageOf(error)}`, cause: error });
  }
}

function parseEntry(line: string): JournalEntry | undefined {
  try {
    const value = JSON.parse(line) as JournalEntry | null;
    return KINDS.includes(value?.kind) ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
