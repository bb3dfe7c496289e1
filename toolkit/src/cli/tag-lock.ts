import { randomUUID } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../oci/clock.ts';
import type { GitHubRepository } from '../release/github/repository.ts';
import { createFileLock } from '../versions/file-lock.ts';
import type { TagLock } from '../versions/lock.ts';
import { makeFolder } from '../documents/make-folder.ts';

export interface TagLockSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly uid: number | undefined;
  readonly clock: Clock;
  /** Commit of the sources. */
  readonly revision: string;
  /** Aborted when this run is to end. */
  readonly signal: AbortSignal;
  /** The repository on GitHub, reached until the signal is aborted; undefined without a token or a name. */
  readonly github: (signal: AbortSignal) => Promise<GitHubRepository | undefined>;
  readonly onNotice: (text: string) => void;
}

/** How long GitHub is spoken to after an interruption, to let the lock go. Others would wait for it to expire. */
const GRACE_MS = 10_000;

/**
 * What keeps pipelines apart: a git reference on GitHub in Actions, a file for people at one machine.
 * @param isLocal true for somebody at a keyboard; undefined where only the environment tells
 */
export async function openTagLock(isLocal: boolean | undefined, surroundings: TagLockSurroundings): Promise<TagLock> {
  const { env, clock, onNotice } = surroundings;
  const files = () => createFileLock({ folder: provideFolder(surroundings) });
  if (isLocal ?? env['GITHUB_ACTIONS'] !== 'true') return files();
  const repository = await surroundings.github(outlive(surroundings.signal, GRACE_MS));
  if (repository === undefined) {
    onNotice('no GITHUB_TOKEN with GITHUB_REPOSITORY: tags are locked on this machine only');
    return files();
  }
  const [{ createGitHubLock }, { createGitHubRefs }] = await Promise.all([
    import('../versions/github-lock.ts'),
    import('../versions/github-refs.ts'),
  ]);
  const commit = env['GITHUB_SHA'] || surroundings.revision.replace(/-dirty$/, '');
  return createGitHubLock({ refs: createGitHubRefs(repository, commit), clock, holder: describeRun(env) });
}

/** Below the home folder; where there is none to write to, as in a container, in the machine's temporary folder. */
function provideFolder({ home, uid }: Pick<TagLockSurroundings, 'home' | 'uid'>): string {
  const usual = join(home, '.cache/aim/tag-locks');
  try {
    makeFolder(usual);
    accessSync(usual, constants.W_OK);
    return usual;
  } catch {
    return join(tmpdir(), `aim-tag-locks-${uid ?? 0}`);
  }
}

/** A signal that follows another one some time later, and keeps no program from ending. */
function outlive(signal: AbortSignal, graceMs: number): AbortSignal {
  const later = new AbortController();
  const end = () => void setTimeout(() => later.abort(signal.reason), graceMs).unref();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return later.signal;
}

function describeRun(env: NodeJS.ProcessEnv): string {
  const [server, name, run] = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].map((one) => env[one]);
  return run ? `${server ?? ''}/${name ?? ''}/actions/runs/${run}` : `aimctl ${randomUUID().slice(0, 8)}`;
}
