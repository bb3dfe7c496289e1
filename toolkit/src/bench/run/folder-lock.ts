import { join } from 'node:path';
import { acquireLock, type LockOwner, type LockTiming } from 'aim-runtime/cache';
import { messageOf, systemCode } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { makeFolder } from '../../documents/make-folder.ts';

/** Folder of the lock below the one it is for; it stays, so that nobody removes it from under another. */
export const LOCK_NAME = '.lock';

const TIMING: LockTiming = { beatMs: 2_000, staleMs: 20_000, pollMs: 100 };
/** Time for a holder that cannot be looked up from here to give a sign of life, and some more. */
const PATIENCE = 1.25;

export interface FolderLockOptions {
  readonly signal: AbortSignal;
  readonly timing?: LockTiming;
}

/** A folder that only this process writes to. */
export interface FolderLock {
  /** @throws AimError disk when another process took the folder over, as after this one was frozen for long */
  confirm(): void;
  release(): Promise<void>;
}

/**
 * Takes a folder, which is made when it is missing. A holder that died is taken over from, at once where that can be
 * seen from here. @throws AimError usage when another process goes on writing to it, disk when it cannot be written
 */
export async function lockFolder(folder: string, options: FolderLockOptions): Promise<FolderLock> {
  const { signal, timing = TIMING } = options;
  const place = join(folder, LOCK_NAME);
  const patience = new AbortController();
  let owner: LockOwner | undefined;
  const timer = setTimeout(() => patience.abort(), timing.staleMs * PATIENCE);
  try {
    makeFolder(place);
    const held = await acquireLock({
      folder: place,
      signal: AbortSignal.any([signal, patience.signal]),
      onWait: (found) => (owner = found),
      timing,
    });
    return {
      confirm: () => {
        if (held.lost.aborted) throw lost(folder);
      },
      release: () => Promise.resolve(held[Symbol.asyncDispose]()),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (patience.signal.aborted) throw inUse(folder, owner);
    throw systemCode(error) === undefined ? error : refused(folder, error);
  } finally {
    clearTimeout(timer);
  }
}

function inUse(folder: string, owner: LockOwner | undefined): Error {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} of ${owner.host}`;
  return failure('usage', {
    message: `${who} is writing to ${folder}`,
    hint: 'Wait for its end, or choose another --output.',
  });
}

function lost(folder: string): Error {
  return failure('disk', {
    message: `another process took over ${folder}: this one showed no sign of life for too long`,
    hint: 'What was measured until then is kept; --resume goes on when the other process is done.',
  });
}

function refused(folder: string, cause: unknown): Error {
  return failure('disk', {
    message: `cannot write ${folder}: ${messageOf(cause)}`,
    hint: 'Choose a place that this user may write to.',
    cause,
  });
}
