import { setTimeout as sleep } from 'node:timers/promises';

export interface DrainOptions {
  /** Requests in work; undefined when the engine does not say. */
  readonly count: () => Promise<number | undefined>;
  readonly limitMs: number;
  readonly nowMs: () => number;
  /** Ends the wait early: the engine is gone, or there is no more patience. */
  readonly cut: AbortSignal;
}

/** How a drain came to its end. */
export interface DrainOutcome {
  readonly end: 'idle' | 'time' | 'cut';
  /** Requests that were left; undefined when the engine does not say. */
  readonly left: number | undefined;
}

const POLL_MS = 250;
/** Quiet polls in a row: a request may be on its way while whoever routes them learns that we are not ready. */
const QUIET_POLLS = 4;

/** Waits until the engine has no request for a moment. An engine that does not say how many gets the whole time. */
export async function waitUntilIdle({ count, limitMs, nowMs, cut }: DrainOptions): Promise<DrainOutcome> {
  const endMs = nowMs() + limitMs;
  let quiet = 0;
  let left: number | undefined;
  for (;;) {
    left = await count();
    quiet = left === 0 ? quiet + 1 : 0;
    if (cut.aborted) return { end: 'cut', left };
    if (quiet >= QUIET_POLLS) return { end: 'idle', left };
    const restMs = endMs - nowMs();
    if (restMs <= 0) return { end: 'time', left };
    await sleep(Math.min(POLL_MS, restMs), undefined, { signal: cut }).catch(() => undefined);
  }
}
