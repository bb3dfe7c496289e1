import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics } from './metrics.ts';

/** How the wait for running requests ended: none are left, the time is up, or the engine does not tell. */
export type DrainEnd = 'idle' | 'limit' | 'unknown';

export interface DrainOptions {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly onWait: (requests: number) => void;
}

const POLL_MS = 150;
const TIMEOUT_MS = 2_000;
/** Questions in a row without an answer after which the engine counts as silent; a busy one may miss some. */
const MOST_SILENT = 5;
/** An engine counts a request as done before its last bytes are sent. */
const SETTLE_MS = 750;

/** Waits until an endpoint has no running and no waiting requests. @throws the signal's reason */
export async function drain(url: string, { limitMs, signal, onWait }: DrainOptions): Promise<DrainEnd> {
  const endMs = performance.now() + limitMs;
  let idleSinceMs: number | undefined;
  for (let silent = 0; silent < MOST_SILENT;) {
    signal.throwIfAborted();
    const sample = await readMetrics(url, TIMEOUT_MS);
    const nowMs = performance.now();
    if (sample === undefined) silent++;
    else {
      silent = 0;
      const requests = sample.running + sample.waiting;
      idleSinceMs = requests === 0 ? (idleSinceMs ?? nowMs) : undefined;
      if (requests > 0) onWait(requests);
      if (idleSinceMs !== undefined && nowMs - idleSinceMs >= Math.min(SETTLE_MS, limitMs)) return 'idle';
    }
    if (nowMs >= endMs) return sample === undefined ? 'unknown' : 'limit';
    await sleep(POLL_MS, undefined, { signal });
  }
  return 'unknown';
}
