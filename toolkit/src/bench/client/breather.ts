/** Sleep between two looks for input. The system makes it up to half as long again. */
const PAUSE_MS = 0.1;

/** Time until something is due that leaves room for a pause. */
const MIN_LEFT_MS = 5 * PAUSE_MS;

/** Rate of events from which on a thread pauses, and the number of events it is measured over. */
const THICK_EVENTS_PER_MS = 8;
const WINDOW_EVENTS = 256;

/**
 * Lets a thread sleep for a moment when events come thick. Woken by each of them alone, a thread spends most of its time
 * in falling asleep and waking up; after a pause it takes several at once. They are stamped late by the pause at most,
 * which the self-watch counts; where events are few there is none.
 */
export class Breather {
  readonly #cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #events = 0;
  #sinceMs = 0;
  #thick = false;

  /** Counts an event. */
  count(nowMs: number): void {
    if (++this.#events < WINDOW_EVENTS) return;
    this.#thick = this.#events >= (nowMs - this.#sinceMs) * THICK_EVENTS_PER_MS;
    this.#events = 0;
    this.#sinceMs = nowMs;
  }

  /** Whether events come so thick that a pause is worth its price, and nothing is due so soon. */
  isWorthwhile(leftMs: number): boolean {
    return this.#thick && leftMs > MIN_LEFT_MS;
  }

  /** Stops the thread for the pause. */
  pause(): void {
    Atomics.wait(this.#cell, 0, 0, PAUSE_MS);
  }
}
