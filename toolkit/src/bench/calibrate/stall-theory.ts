import type { Stall } from '../simulator/stall.ts';

/** A server that computes one request at a time, each as long, and stands still once. */
export interface StalledServer {
  readonly serviceMs: number;
  /** Counted from the first request. */
  readonly stall: Stall;
}

/**
 * Latency of each request from when it should have been sent, if one after the other is computed in that order: what a
 * client has to report whose requests had to wait for each other. @param intendedMs ascending
 */
export function computeStalledLatencies(intendedMs: readonly number[], { serviceMs, stall }: StalledServer): number[] {
  const startMs = intendedMs[0] ?? 0;
  const fromMs = startMs + stall.atMs;
  let freeMs = -Infinity;
  return intendedMs.map((atMs) => {
    const beganMs = Math.max(atMs, freeMs);
    freeMs = addWork(beganMs, serviceMs, { fromMs, toMs: fromMs + stall.durationMs });
    return freeMs - atMs;
  });
}

/** When work of this length is done that began then, if nothing happens between two moments. */
function addWork(beganMs: number, lengthMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  if (beganMs >= toMs || beganMs + lengthMs <= fromMs) return beganMs + lengthMs;
  return toMs + lengthMs - Math.max(0, fromMs - beganMs);
}
