import { setTimeout as wait } from 'node:timers/promises';

/** Time as this client sees it; tests give their own. */
export interface Clock {
  /** Milliseconds since 1970; never goes back. */
  nowMs(): number;
  /** Resolves after the delay. @throws the signal's reason when it is aborted before */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Timers of Node.js take no longer delay: they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  sleep: async (delayMs, signal) => {
    signal.throwIfAborted();
    try {
      for (let leftMs = delayMs; leftMs > 0; leftMs -= LONGEST_TIMER_MS)
        await wait(Math.min(leftMs, LONGEST_TIMER_MS), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
