import { messageOf } from 'aim-runtime/system';
import type { HeldTagLock, TagLock } from './lock.ts';

/** The lock, taken once for all that one process does at the same time. */
export interface SharedTagLock {
  /**
   * Does the work while the lock is held. `onWritten` is to be told what was written.
   * @throws what the work throws, or AimError when the lock cannot be had
   */
  run<Result>(
    scope: string,
    work: (held: HeldTagLock, onWritten: (reference: string, digest: string) => void) => Promise<Result>,
  ): Promise<Result>;
}

export interface SharedLockOptions {
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

interface Holding {
  readonly held: Promise<HeldTagLock>;
  readonly written: Map<string, string>;
  users: number;
}

/** Shares a lock among images that are pushed together: the first one takes it, the last one lets it go. */
export function shareTagLock(lock: TagLock, { signal, onNotice }: SharedLockOptions): SharedTagLock {
  const holdings = new Map<string, Holding>();
  const enter = (scope: string): Holding => {
    const known = holdings.get(scope);
    if (known !== undefined) return known;
    const onWait = (holder: string) => onNotice(`waiting for ${holder}, which writes tags in ${scope}`);
    const made = { held: lock.acquire(scope, { signal, onWait }), written: new Map<string, string>(), users: 0 };
    holdings.set(scope, made);
    return made;
  };
  const leave = async (scope: string, holding: Holding): Promise<void> => {
    holding.users -= 1;
    if (holding.users > 0) return;
    holdings.delete(scope);
    const held = await holding.held.catch(() => undefined);
    // The tags are written; a lock that is not let go expires.
    await held
      ?.release(holding.written)
      .catch((error: unknown) => onNotice(`the lock for the tags of ${scope} was not let go: ${messageOf(error)}`));
  };
  return {
    run: async (scope, work) => {
      const holding = enter(scope);
      holding.users += 1;
      try {
        const held = await holding.held;
        // The lock may have been had in the moment of an interruption.
        signal.throwIfAborted();
        return await work(held, (reference, digest) => holding.written.set(reference, digest));
      } finally {
        await leave(scope, holding);
      }
    },
  };
}
