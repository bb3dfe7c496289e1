import type { LoopWatch } from './loop-watch.ts';

/** Timers of the event loop are late by up to a millisecond and more; for the rest of the time the thread spins. */
const SPIN_MS = 1.2;

/** Longest wait that Node's timers can; what is due later is waited for in steps. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls back at a moment of the point's clock, within microseconds. One moment at a time. */
export class PreciseTimer {
  readonly #watch: LoopWatch;
  readonly #onDue: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #dueMs: number | undefined;
  #spunAtMs: number | undefined;
  #entriesThen = 0;

  constructor(watch: LoopWatch, onDue: () => void) {
    this.#watch = watch;
    this.#onDue = onDue;
  }

  /** Replaces the moment before. */
  arm(dueMs: number): void {
    if (this.#dueMs === dueMs) return;
    this.cancel();
    this.#dueMs = dueMs;
    this.#watch.expect(dueMs);
    this.#wait();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#dueMs = undefined;
    this.#spunAtMs = undefined;
    this.#watch.expect(Infinity);
  }

  readonly #wait = (): void => {
    if (this.#dueMs === undefined) return;
    const nowMs = this.#watch.now();
    const leftMs = this.#dueMs - nowMs;
    if (this.#spunAtMs !== undefined && this.#entriesThen === this.#watch.entries)
      this.#watch.addSpin(nowMs - this.#spunAtMs);
    if (leftMs <= 0) {
      this.cancel();
      this.#onDue();
    } else if (leftMs <= SPIN_MS) {
      this.#spunAtMs = nowMs;
      this.#entriesThen = this.#watch.entries;
      // Lets the loop look for input on every turn.
      this.#immediate = setImmediate(this.#wait);
    } else {
      this.#timeout = setTimeout(this.#wait, Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.floor(leftMs - SPIN_MS))));
    }
  };
}
