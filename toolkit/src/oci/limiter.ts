import type { Clock } from './clock.ts';

export interface LimiterOptions {
  readonly clock: Clock;
  /** Most requests of one lane to one host at a time. */
  readonly concurrency: number;
  /** A number from 0 to before 1. */
  readonly random: () => number;
  /** Told when a host asked for a pause. */
  readonly onPause?: (pause: { readonly host: string; readonly delayMs: number; readonly reason: string }) => void;
}

/** One per process: all requests to a host share its pauses, however many images they belong to. */
export interface HostLimiters {
  of(host: string): Limiter;
}

/** Permission for one request to one host. */
export interface Slot {
  /** The host answered in a useful way. */
  succeeded(): void;
  /** The host asked for fewer requests. Returns how long all of them now wait. */
  throttled(retryAfterMs: number | undefined, reason: string): number;
  /** The host failed to answer. */
  failed(reason: string): void;
  /** Must be called once the answer has been read; calling it again does nothing. */
  release(): void;
}

/**
 * Kinds of requests, each with places of its own: a request's content may come from a stream, and both may need a
 * token, so that none of them ever waits for a place of its own kind or of one before it.
 */
export const LANES = ['request', 'stream', 'token'] as const;
export type Lane = (typeof LANES)[number];

export interface AcquireOptions {
  /** `request` unless told otherwise. */
  readonly lane?: Lane;
  /** Time by the clock until which a pause is waited for; for ever unless told otherwise. */
  readonly untilMs?: number;
}

export interface Limiter {
  /**
   * Waits for a free place and for the end of a pause.
   * @throws the signal's reason
   * @throws LongPauseError when the pause does not end in time
   */
  acquire(signal: AbortSignal, options?: AcquireOptions): Promise<Slot>;
}

/** A host wants no requests for longer than is waited. */
export class LongPauseError extends Error {
  /** What is left of the pause. */
  readonly delayMs: number;
  /** What made the host pause, in its own words. */
  readonly reason: string;

  constructor(delayMs: number, reason: string) {
    super(`no requests for ${delayMs} ms: ${reason}`);
    this.name = 'LongPauseError';
    this.delayMs = delayMs;
    this.reason = reason;
  }
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Failures in a row after which the host itself, not one request, is in trouble. */
const FAILURES_TOLERATED = 5;
/** Good answers after which one more request at a time is tried. */
const SUCCESSES_PER_STEP = 5;

export function createHostLimiters(options: LimiterOptions): HostLimiters {
  const limiters = new Map<string, Limiter>();
  return {
    of: (host) => {
      const known = limiters.get(host);
      if (known !== undefined) return known;
      const limiter = createLimiter(host, options);
      limiters.set(host, limiter);
      return limiter;
    },
  };
}

/** Delay before the attempt after the `failures`-th failed one: doubled each time, the later half of it at random. */
export function backoffMs(failures: number, firstMs: number, random: () => number): number {
  const fullMs = Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** Math.max(0, failures - 1));
  return fullMs * (0.5 + random() / 2);
}

function createLimiter(host: string, options: LimiterOptions): Limiter {
  const state = new HostState(host, options);
  return {
    acquire: async (signal, { lane = 'request', untilMs = Number.POSITIVE_INFINITY } = {}) => {
      await state.enter(signal, lane, untilMs);
      return openSlot(state, lane, options.clock.nowMs());
    },
  };
}

function openSlot(state: HostState, lane: Lane, startedMs: number): Slot {
  let open = true;
  return {
    succeeded: () => state.succeeded(),
    throttled: (retryAfterMs, reason) => state.throttled(startedMs, retryAfterMs, reason),
    failed: (reason) => state.failed(startedMs, reason),
    release: () => {
      if (open) state.leave(lane);
      open = false;
    },
  };
}

/** What all requests to one host have in common. */
class HostState {
  readonly #host: string;
  readonly #options: LimiterOptions;
  readonly #active: Record<Lane, number> = { request: 0, stream: 0, token: 0 };
  readonly #waiting: Record<Lane, (() => void)[]> = { request: [], stream: [], token: [] };
  #limit: number;
  #resumeMs = 0;
  #pauseReason = '';
  #pausedMs = Number.NEGATIVE_INFINITY;
  #throttles = 0;
  #failuresInRow = 0;
  #successes = 0;

  constructor(host: string, options: LimiterOptions) {
    this.#host = host;
    this.#options = options;
    this.#limit = options.concurrency;
  }

  async enter(signal: AbortSignal, lane: Lane, untilMs: number): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        signal.throwIfAborted();
        const delayMs = this.#resumeMs - clock.nowMs();
        if (delayMs > 0 && this.#resumeMs > untilMs) throw new LongPauseError(delayMs, this.#pauseReason);
        else if (delayMs > 0) await clock.sleep(delayMs, signal);
        else if (this.#active[lane] < this.#limit) break;
        else await this.#turn(signal, lane);
      }
    } catch (error) {
      // The place this request was woken for is another's now.
      this.#wakeNext(lane);
      throw error;
    }
    this.#active[lane] += 1;
  }

  leave(lane: Lane): void {
    this.#active[lane] -= 1;
    this.#wakeNext(lane);
  }

  succeeded(): void {
    this.#failuresInRow = 0;
    this.#successes += 1;
    if (this.#successes % SUCCESSES_PER_STEP !== 0) return;
    this.#throttles = Math.max(0, this.#throttles - 1);
    if (this.#limit < this.#options.concurrency) {
      this.#limit += 1;
      for (const lane of LANES) this.#wakeNext(lane);
    }
  }

  throttled(startedMs: number, retryAfterMs: number | undefined, reason: string): number {
    // Requests that were on their way when the pause began are part of what it is for.
    if (startedMs > this.#pausedMs) {
      this.#throttles += 1;
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      const ownMs = backoffMs(this.#throttles, FIRST_PAUSE_MS, this.#options.random);
      // Asked to come back at once, this program would go on asking at full speed.
      const isUsable = retryAfterMs !== undefined && retryAfterMs >= FIRST_PAUSE_MS;
      this.#pause(isUsable ? retryAfterMs : ownMs, reason);
    } else if (retryAfterMs !== undefined) this.#pause(retryAfterMs, reason);
    return Math.max(0, this.#resumeMs - this.#options.clock.nowMs());
  }

  failed(startedMs: number, reason: string): void {
    this.#failuresInRow += 1;
    if (this.#failuresInRow < FAILURES_TOLERATED || startedMs <= this.#pausedMs) return;
    const pauses = this.#failuresInRow - FAILURES_TOLERATED + 1;
    this.#pause(backoffMs(pauses, FIRST_PAUSE_MS, this.#options.random), reason);
  }

  #pause(delayMs: number, reason: string): void {
    const nowMs = this.#options.clock.nowMs();
    const resumeMs = nowMs + delayMs;
    if (resumeMs <= this.#resumeMs) return;
    this.#resumeMs = resumeMs;
    this.#pausedMs = nowMs;
    this.#pauseReason = reason;
    this.#options.onPause?.({ host: this.#host, delayMs, reason });
  }

  #wakeNext(lane: Lane): void {
    this.#waiting[lane].shift()?.();
  }

  /** Resolves when a place may be free. */
  #turn(signal: AbortSignal, lane: Lane): Promise<void> {
    const waiting = this.#waiting[lane];
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        const place = waiting.indexOf(proceed);
        if (place !== -1) waiting.splice(place, 1);
        reject(signal.reason as Error);
      };
      waiting.push(proceed);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
