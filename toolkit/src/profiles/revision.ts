import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Profile } from 'aim-runtime/profile';
import type { Exec } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { findProfilePath, loadProfile, parseProfile } from './find.ts';

const GIT_TIMEOUT_MS = 20_000;

/**
 * A profile named by a file, by its name below the profiles folder, or, with `REVISION:` in front, as it was in a
 * revision of the repository. Throws AimError `usage` when there is none, `check-failed` when it is not valid.
 */
export function loadProfileOrRevision(name: string, root: string, exec: Exec): Profile {
  const colon = name.indexOf(':');
  if (colon < 0 || existsSync(name)) {
    const path = findProfilePath(name, root);
    return loadProfile(path);
  }
  const revision = name.slice(0, colon);
  const path = findProfilePath(name.slice(colon + 1), root);
  const shown = exec('git', ['-C', dirname(path), 'show', `${revision}:./${basename(path)}`], {
    timeoutMs: GIT_TIMEOUT_MS,
  });
  if (shown?.status === 0) return parseProfile(path, shown.stdout);
  const [reason = 'git is not installed'] = shown?.stderr.split('\n') ?? [];
  throw failure('usage', {
    message: `${path} cannot be read as of ${revision}: ${reason}`,
    hint: 'Name a commit, tag or branch in which the file was.',
  });
}
