import { setTimeout as sleep } from 'node:timers/promises';
import { probe, type HttpCall } from './http.ts';
import { sampleOf, type MetricsSample } from './metrics.ts';

/**
 * How the wait for running requests ended: none are left, the time is up, the engine does not tell, or nobody
 * listened in the first place.
 */
export type DrainEnd = 'idle' | 'limit' | 'unknown' | 'down';

export interface DrainOptions {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Told how many requests there are; undefined when the engine serves but does not count them. */
  readonly onWait: (requests: number | undefined) => void;
}

const POLL_MS = 150;
const TIMEOUT_MS = 2_000;
/** The last question is answered too, though the time is nearly up. */
const LEAST_TIMEOUT_MS = 500;
/** Questions in a row that nobody heard after which the engine counts as ended. */
const MOST_UNHEARD = 5;
/** An engine counts a request as done before its last bytes are sent. */
const SETTLE_MS = 750;

/**
 * Waits until an endpoint has no running and no waiting requests. An engine that is slow to answer, or that serves
 * without counting, may have some: the whole time is waited out. @throws the signal's reason
 */
export async function drain(urls: readonly string[], { limitMs, signal, onWait }: DrainOptions): Promise<DrainEnd> {
  const endMs = performance.now() + limitMs;
  let idleSinceMs: number | undefined;
  let heard = false;
  for (let unheard = 0; unheard < MOST_UNHEARD;) {
    signal.throwIfAborted();
    const timeoutMs = Math.max(LEAST_TIMEOUT_MS, Math.min(TIMEOUT_MS, Math.ceil(endMs - performance.now())));
    const found = await askLoad(urls, { timeoutMs, signal });
    const nowMs = performance.now();
    if (found === 'gone' && !heard) return 'down';
    heard = true;
    unheard = found === 'gone' || found === 'mute' ? unheard + 1 : 0;
    if (found === 'serving') onWait(undefined);
    if (typeof found === 'object') {
      const requests = found.running + found.waiting;
      idleSinceMs = requests === 0 ? (idleSinceMs ?? nowMs) : undefined;
      if (requests > 0) onWait(requests);
      if (idleSinceMs !== undefined && nowMs - idleSinceMs >= Math.min(SETTLE_MS, limitMs)) return 'idle';
    }
    if (nowMs >= endMs) return typeof found === 'object' ? 'limit' : 'unknown';
    await sleep(POLL_MS, undefined, { signal });
  }
  return 'unknown';
}

/**
 * `serving`: it is healthy but does not count; `busy`: no answer in time; `mute`: what answers is no engine that
 * serves; `gone`: nobody listens.
 */
type LoadAnswer = MetricsSample | 'serving' | 'busy' | 'mute' | 'gone';

/** What the first address that answers tells. */
async function askLoad(urls: readonly string[], call: HttpCall): Promise<LoadAnswer> {
  let last: 'busy' | 'gone' = 'gone';
  for (const url of urls) {
    const answer = await probe(`${url}/metrics`, call);
    if (answer === 'busy') last = 'busy';
    if (typeof answer === 'string') continue;
    const sample = sampleOf(answer);
    if (sample !== undefined) return sample;
    const health = await probe(`${url}/health`, call);
    if (health === 'busy') return 'busy';
    return health !== 'gone' && health.status === 200 ? 'serving' : 'mute';
  }
  return last;
}
