import { readFileSync } from 'node:fs';
import type { Exec } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { SourceStamp } from './plan.ts';

/** Where the files of an image come from. */
export interface StampSource {
  /** Folder that holds the files. */
  readonly folder: string;
  /** File that names the commit where there is no git, written when the package was made: {createdAt, revision}. */
  readonly recorded: string | undefined;
  readonly sourceDateEpoch: string | undefined;
}

const GIT_TIMEOUT_MS = 20_000;
/** Folders below the repository's root whose files end up in images. */
const IMAGE_INPUTS = ['profiles', 'schemas', 'templates', 'runtime'];

/**
 * Time and revision of the sources: from git, else as recorded in the package, else 1970 and none, so that
 * the same files never give two images. SOURCE_DATE_EPOCH overrides the time. @throws AimError usage
 */
export function loadStamp(source: StampSource, exec: Exec): SourceStamp {
  const known = fromRecord(source.recorded) ?? fromGit(source.folder, exec) ?? { createdAt: 0, revision: '' };
  const epoch = source.sourceDateEpoch;
  return epoch === undefined || epoch === '' ? known : { ...known, createdAt: parseEpoch(epoch) };
}

function parseEpoch(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= 8.64e12) return seconds;
  throw failure('usage', {
    message: `SOURCE_DATE_EPOCH is "${text}", which is no number of seconds since 1970`,
    hint: 'Set it to a whole number, for example the output of `git log -1 --format=%ct`, or unset it.',
  });
}

function fromGit(folder: string, exec: Exec): SourceStamp | undefined {
  const git = (...args: string[]) => exec('git', ['-C', folder, ...args], { timeoutMs: GIT_TIMEOUT_MS });
  const commit = git('log', '-1', '--format=%ct %H');
  const [, seconds, revision] = /^(\d+) ([0-9a-f]{40,64})\s*$/.exec(commit?.status === 0 ? commit.stdout : '') ?? [];
  if (seconds === undefined || revision === undefined) return undefined;
  const changes = git('status', '--porcelain', '--', ...IMAGE_INPUTS);
  const clean = changes?.status === 0 && changes.stdout.trim() === '';
  return { createdAt: Number(seconds), revision: clean ? revision : `${revision}-dirty` };
}

function fromRecord(file: string | undefined): SourceStamp | undefined {
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as SourceStamp);
}
