import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Breather } from './breather.ts';
import type { Stamp } from './exchange.ts';

/** Width of a bucket and their number: 20 µs up to 82 ms; the last one holds everything above. */
const BUCKET_MS = 0.02;
const BUCKETS = 4096;
/** Multiples of it fill the range from 0 to 1 evenly. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
const MONITOR_RESOLUTION_MS = 5;

/** What one thread saw of itself. Buckets count stamps by how late they can have been. */
export interface ThreadHealth {
  readonly lateness: Uint32Array;
  readonly latenessMaxMs: number;
  /** Delay of the whole loop, from the monitor, without its timer's own grain. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly elapsedMs: number;
  /** Processor time of this thread without the time it only waited for a moment to send. */
  readonly cpuMs: number;
  readonly spinMs: number;
  readonly events: number;
  /** Sent minus possible, milliseconds, of each request. */
  readonly lagsMs: Float64Array;
}

/**
 * The clock of a thread, and its self-watch. Within one turn of the event loop later callbacks are stamped late by the
 * work of earlier ones; that is exactly how wrong a time of arrival can be by our own doing. What keeps the whole
 * thread from running is seen by Node's own monitor.
 */
export class LoopWatch implements Stamp {
  readonly #zeroMs: number;
  readonly #monitor = monitorEventLoopDelay({ resolution: MONITOR_RESOLUTION_MS });
  readonly #lateness = new Uint32Array(BUCKETS);
  #latenessMaxMs = 0;
  #turnStartMs = -1;
  #entries = 0;
  readonly #breather = new Breather();
  /** Something came in this turn that has to be answered at once. */
  #eager = false;
  /** Pause after the last turn. */
  #pausedMs = 0;
  #spread = 0;
  #dueMs = Infinity;
  #startMs = 0;
  #cpuAtStartMs = 0;
  #spinMs = 0;
  #events = 0;
  #lagsMs: number[] = [];
  readonly #endTurn = (): void => {
    const fromMs = this.now();
    const rests = !this.#eager && this.#breather.isWorthwhile(this.#dueMs - fromMs);
    this.#turnStartMs = -1;
    this.#eager = false;
    if (rests) this.#breather.pause();
    this.#pausedMs = rests ? this.now() - fromMs : 0;
  };

  /** `zeroMonotonicMs`: 0 of the point's clock on `process.hrtime`'s, which all threads share. */
  constructor(zeroMonotonicMs: number) {
    this.#zeroMs = zeroMonotonicMs - (Number(process.hrtime.bigint()) / 1e6 - performance.now());
  }

  /** Milliseconds of the point's clock. */
  now(): number {
    return performance.now() - this.#zeroMs;
  }

  enter(): number {
    this.#eager = true;
    return this.#stamp();
  }

  arrive(): number {
    const nowMs = this.#stamp();
    this.#breather.count(nowMs);
    return nowMs;
  }

  #stamp(): number {
    const nowMs = this.now();
    this.#entries++;
    if (this.#turnStartMs < 0) {
      this.#turnStartMs = nowMs;
      setImmediate(this.#endTurn);
    }
    // What came during a pause came at any moment of it: evenly spread, for all we know.
    this.#spread = (this.#spread + GOLDEN_RATIO) % 1;
    const lateMs = nowMs - this.#turnStartMs + this.#pausedMs * this.#spread;
    const bucket = Math.min(BUCKETS - 1, Math.floor(lateMs / BUCKET_MS));
    this.#lateness[bucket] = (this.#lateness[bucket] ?? 0) + 1;
    if (lateMs > this.#latenessMaxMs) this.#latenessMaxMs = lateMs;
    return nowMs;
  }

  /** How often something came in; unchanged while the thread has nothing to do. */
  get entries(): number {
    return this.#entries;
  }

  /** When the thread must be awake; Infinity for any time. */
  expect(dueMs: number): void {
    this.#dueMs = dueMs;
  }

  addLag(ms: number): void {
    this.#lagsMs.push(ms);
  }

  addEvents(count: number): void {
    this.#events += count;
  }

  /** Time in which the thread turned in circles until the next request was due. */
  addSpin(ms: number): void {
    this.#spinMs += ms;
  }

  /** Forgets what was before: the measured requests begin. */
  begin(): void {
    this.#monitor.enable();
    this.#monitor.reset();
    this.#lateness.fill(0);
    this.#latenessMaxMs = 0;
    this.#spinMs = 0;
    this.#events = 0;
    this.#lagsMs = [];
    this.#startMs = this.now();
    this.#cpuAtStartMs = readThreadCpuMs();
  }

  end(): ThreadHealth {
    this.#monitor.disable();
    const cpuMs = readThreadCpuMs() - this.#cpuAtStartMs - this.#spinMs;
    return {
      lateness: this.#lateness.slice(),
      latenessMaxMs: this.#latenessMaxMs,
      loopDelayP99Ms: toDelayMs(this.#monitor.percentile(99)),
      loopDelayMaxMs: toDelayMs(this.#monitor.max),
      elapsedMs: this.now() - this.#startMs,
      cpuMs: Math.max(0, cpuMs),
      spinMs: this.#spinMs,
      events: this.#events,
      lagsMs: Float64Array.from(this.#lagsMs),
    };
  }
}

/** Lateness that 99 % of the stamps of these threads did not exceed, milliseconds. */
export function computeLatenessP99Ms(threads: readonly ThreadHealth[]): number {
  const total = threads.reduce((sum, { lateness }) => sum + lateness.reduce((a, b) => a + b, 0), 0);
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const { lateness } of threads) seen += lateness[bucket] ?? 0;
    if (total > 0 && seen >= total * 0.99) return bucket * BUCKET_MS;
  }
  return 0;
}

// The monitor's timer is due every few milliseconds, in whole milliseconds of the loop's clock: one of them is grain.
function toDelayMs(intervalNs: number): number {
  return Number.isFinite(intervalNs) ? Math.max(0, intervalNs / 1e6 - MONITOR_RESOLUTION_MS - 1) : 0;
}

/** Processor time of this thread; releases of Node without it know how long the loop was active, which is more. */
function readThreadCpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.eventLoopUtilization().active;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
