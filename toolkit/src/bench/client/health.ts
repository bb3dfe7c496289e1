import type { ClientHealth } from '../client-protocol.ts';
import { computeLatenessP99Ms, type ThreadHealth } from './loop-watch.ts';

/** Joins what the sending threads saw of themselves; `processCpuMs` is all the process used in the same time. */
export function summariseHealth(threads: readonly ThreadHealth[], processCpuMs: number): ClientHealth {
  const events = threads.reduce((sum, thread) => sum + thread.events, 0);
  const spinMs = threads.reduce((sum, thread) => sum + thread.spinMs, 0);
  const lagsMs = Float64Array.from(threads.flatMap(({ lagsMs: lags }) => [...lags])).sort();
  return {
    loopDelayP99Ms: Math.max(computeLatenessP99Ms(threads), ...threads.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    loopDelayMaxMs: Math.max(0, ...threads.flatMap((thread) => [thread.latenessMaxMs, thread.loopDelayMaxMs])),
    scheduleLagP50Ms: atShare(lagsMs, 0.5),
    scheduleLagP99Ms: atShare(lagsMs, 0.99),
    threadCpuMax: Math.max(0, ...threads.map(({ cpuMs, elapsedMs }) => (elapsedMs > 0 ? cpuMs / elapsedMs : 0))),
    events,
    cpuMicrosecondsPerEvent: events === 0 ? 0 : (Math.max(0, processCpuMs - spinMs) * 1000) / events,
    workers: threads.length,
  };
}

/** Smallest value that this share of them does not exceed; 0 for none. */
function atShare(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
