import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exec } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** Files as they were at some commit. */
export interface RecordedSources {
  readonly profiles: string;
  readonly schemas: string;
  /** Removes what was checked out for it. */
  dispose(): void;
}

export interface SourcesRequest {
  /** Folder with profiles/ and schemas/ of this program. */
  readonly root: string;
  /** Commit those files are of now, `-dirty` appended when some differ from it. */
  readonly revision: string;
}

const GIT_TIMEOUT_MS = 60_000;
const COMMIT = /^[0-9a-f]{40,64}$/;

/**
 * The sources of a commit: the working tree when it is that commit, else a checkout beside it.
 * @throws AimError check-failed when no commit has them, environment when git cannot give them
 */
export function openSources(wanted: string, { root, revision }: SourcesRequest, exec: Exec): RecordedSources {
  if (wanted === revision && wanted !== '') return { ...foldersIn(root), dispose: () => undefined };
  if (!COMMIT.test(wanted)) {
    throw failure('check-failed', {
      message:
        wanted === ''
          ? 'the image does not say which commit it was made from'
          : `the image was made from ${wanted}: files that were not committed`,
      hint: 'It cannot be made again from a commit; if you have the same files, name their folder with --profiles.',
    });
  }
  const git = (...args: string[]) => exec('git', ['-C', root, ...args], { timeoutMs: GIT_TIMEOUT_MS });
  const prefix = git('rev-parse', '--show-prefix')?.stdout.trim() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'aimctl-verify-'));
  const checkout = join(folder, 'sources');
  const added = git('worktree', 'add', '--quiet', '--detach', checkout, wanted);
  const dispose = () => {
    git('worktree', 'remove', '--force', checkout);
    rmSync(folder, { recursive: true, force: true });
  };
  if (added?.status === 0) return { ...foldersIn(join(checkout, prefix)), dispose };
  dispose();
  throw failure('environment', {
    message: `git cannot check out ${wanted}: ${added?.stderr.trim() ?? 'there is no git'}`,
    hint: 'Run this in a clone of the repository that has this commit (git fetch --unshallow, or git fetch origin COMMIT).',
  });
}

function foldersIn(root: string): { profiles: string; schemas: string } {
  return { profiles: join(root, 'profiles'), schemas: join(root, 'schemas') };
}
