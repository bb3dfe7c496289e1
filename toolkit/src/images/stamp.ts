import { readFileSync, realpathSync } from 'node:fs';
import type { Exec } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { SourceStamp } from './plan.ts';
import { LATEST_TIME } from './ustar.ts';

/** Where the files of an image come from. */
export interface StampSource {
  /** Folder that holds the files. */
  readonly folder: string;
  /** File that names the commit where there is no git, written when the package was made: {createdAt, revision}. */
  readonly recorded: string | undefined;
  readonly sourceDateEpoch: string | undefined;
}

/** A file or folder that the user may name in place of this program's own. */
export interface GivenPath {
  /** Undefined when nothing was named. */
  readonly given: string | undefined;
  readonly own: string | undefined;
}

const GIT_TIMEOUT_MS = 20_000;
/** What follows the commit when files differ from it. */
const DIRTY = '-dirty';
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

/**
 * The stamp of images that are made of the given paths: marked as uncommitted where its commit does not hold one of
 * them as it is now. @param repository a folder of the clone that the stamp is of; undefined outside of one
 */
export function markUncommitted(
  stamp: SourceStamp,
  { repository, paths }: { readonly repository: string | undefined; readonly paths: readonly GivenPath[] },
  exec: Exec,
): SourceStamp {
  const { revision } = stamp;
  if (revision === '' || revision.endsWith(DIRTY)) return stamp;
  const isHeld = ({ given, own }: GivenPath) =>
    given === undefined || isSamePath(given, own) || (repository !== undefined && isCommitted(given, repository, exec));
  return paths.every(isHeld) ? stamp : { ...stamp, revision: `${revision}${DIRTY}` };
}

function parseEpoch(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= LATEST_TIME) return seconds;
  throw failure('usage', {
    message: `SOURCE_DATE_EPOCH is "${text}", which is no number of seconds since 1970 that an image can hold`,
    hint: 'Set it to whole seconds, not milliseconds, for example the output of `git log -1 --format=%ct`, or unset it.',
  });
}

function isSamePath(given: string, own: string | undefined): boolean {
  return own !== undefined && resolveLinks(given) === resolveLinks(own);
}

/** Links are followed: git knows nothing of what is behind them. */
function isCommitted(path: string, repository: string, exec: Exec): boolean {
  // A name with `*` or `:` is a name here, no pattern. Ignored files are no part of the commit either.
  const args = ['--literal-pathspecs', '-C', repository, 'status', '--porcelain', '--ignored', '--'];
  const changes = exec('git', [...args, resolveLinks(path)], { timeoutMs: GIT_TIMEOUT_MS });
  return changes?.status === 0 && changes.stdout.trim() === '';
}

/** A path that is not there stays as it is: whoever reads it says so. */
function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function fromGit(folder: string, exec: Exec): SourceStamp | undefined {
  const git = (...args: string[]) => exec('git', ['-C', folder, ...args], { timeoutMs: GIT_TIMEOUT_MS });
  const commit = git('log', '-1', '--format=%ct %H');
  const [, seconds, revision] = /^(\d+) ([0-9a-f]{40,64})\s*$/.exec(commit?.status === 0 ? commit.stdout : '') ?? [];
  if (seconds === undefined || revision === undefined) return undefined;
  const changes = git('status', '--porcelain', '--', ...IMAGE_INPUTS);
  const clean = changes?.status === 0 && changes.stdout.trim() === '';
  return { createdAt: Number(seconds), revision: clean ? revision : `${revision}${DIRTY}` };
}

function fromRecord(file: string | undefined): SourceStamp | undefined {
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as SourceStamp);
}
