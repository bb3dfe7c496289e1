import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { acquireLock, type LockTiming } from 'aim-runtime/cache';
import { failure } from '../exit-codes.ts';
import type { TagLock } from './lock.ts';
import { makeFolder } from '../documents/make-folder.ts';

export interface FileLockOptions {
  /** Folder for the locks of all scopes; made when it is missing. */
  readonly folder: string;
  /** How long to wait for a lock that is in use. */
  readonly waitMs?: number;
  readonly timing?: LockTiming;
}

const WAIT_MS = 10 * 60_000;
const TIMING: LockTiming = { beatMs: 2_000, staleMs: 30_000, pollMs: 50 };

/** Keeps processes of one machine, or of one shared folder, apart. A holder that died is taken over from. */
export function createFileLock({ folder, waitMs = WAIT_MS, timing = TIMING }: FileLockOptions): TagLock {
  return {
    acquire: async (scope, { signal, onWait }) => {
      const place = join(folder, createHash('sha256').update(scope).digest('hex').slice(0, 32));
      makeFolder(place);
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(stillTaken(scope, waitMs)), waitMs);
      try {
        const held = await acquireLock({
          folder: place,
          signal: AbortSignal.any([signal, patience.signal]),
          onWait: ({ host, pid }) => onWait(`process ${pid} of ${host}`),
          timing,
        });
        return {
          written: new Map(),
          confirm: () => (held.lost.aborted ? Promise.reject(lost(scope)) : Promise.resolve()),
          release: () => Promise.resolve(held[Symbol.asyncDispose]()),
        };
      } catch (error) {
        signal.throwIfAborted();
        throw patience.signal.aborted ? patience.signal.reason : error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function stillTaken(scope: string, waitMs: number): Error {
  return failure('remote', {
    message: `another aimctl has been writing tags in ${scope} for ${Math.round(waitMs / 1_000)} s`,
    hint: 'Run it again when the other one is done.',
  });
}

function lost(scope: string): Error {
  return failure('remote', {
    message: `another aimctl took over the writing of tags in ${scope}: this one showed no sign of life for too long`,
    hint: 'Run it again: what was written is recognised.',
  });
}
