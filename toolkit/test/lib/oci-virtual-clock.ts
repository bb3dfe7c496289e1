import type { Clock } from '../../src/oci/clock.ts';

/** Time that passes only while somebody waits, and then at once. */
export interface VirtualClock extends Clock {
  /** All waits that were begun, in milliseconds. */
  readonly sleeps: readonly number[];
  advance(ms: number): void;
}

/** Waiters wake in the order of their times, as they would in real time. */
export function createVirtualClock(startMs = 1_000_000): VirtualClock {
  let nowMs = startMs;
  const sleeps: number[] = [];
  const waiting: { readonly atMs: number; readonly wake: () => void }[] = [];
  const tick = () => {
    waiting.sort((a, b) => a.atMs - b.atMs);
    const next = waiting.shift();
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    // What was woken may begin to wait again before the next one's time has come.
    if (waiting.length > 0) setImmediate(tick);
  };
  return {
    sleeps,
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: (delayMs, signal) => {
      signal.throwIfAborted();
      sleeps.push(delayMs);
      return new Promise((wake) => {
        waiting.push({ atMs: nowMs + delayMs, wake });
        if (waiting.length === 1) setImmediate(tick);
      });
    },
  };
}
