import { setTimeout as wait } from 'node:timers/promises';

/** Time as this client sees it; tests give their own. */
export interface Clock {
  /** Milliseconds since 1970; never goes back. */
  nowMs(): number;
  /** Resolves after the delay. @throws the signal's reason when it is aborted before */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  sleep: async (delayMs, signal) => {
    signal.throwIfAborted();
    try {
      await wait(delayMs, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
