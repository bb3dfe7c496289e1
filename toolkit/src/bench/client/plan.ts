import { computeArrivalCount, planRampArrivals, planRateArrivals, planTraceArrivals } from '../load/arrivals.ts';
import type { RequestSource } from '../load/request.ts';
import type { DatasetSpec, LoadShape, PointSpec } from '../point.ts';

/** How many arrivals a phase has, and when. */
export interface Schedule {
  /** Infinity where only time ends it. */
  readonly arrivals: number;
  /** Milliseconds after the phase's start, ascending; undefined in closed loops. */
  readonly dueMs: Float64Array | undefined;
  readonly durationMs: number | null;
}

/**
 * Streams of one thread: engines answer all of them in the same step, and the last of so many events is stamped about a
 * millisecond after the first. And the events it takes per second, well within its means.
 */
const STREAMS_PER_THREAD = 128;
const EVENTS_PER_THREAD = 15_000;
const MAX_THREADS = 16;

/** Prompts a thread has ready: as many as this much memory holds. */
const LOOKAHEAD_BYTES = 64 * 1024 * 1024;
const BYTES_PER_TOKEN = 7;

/** Arrivals of the measured phase. @throws RangeError for a point that cannot be run */
export function planSchedule(point: PointSpec, source: RequestSource): Schedule {
  const { load, requests, durationMs = null } = point;
  checkLoad(load);
  const asked = requests === undefined ? Infinity : Math.ceil(requests / source.turnsPerRequest);
  const limit = Math.min(asked, source.count ?? Infinity);
  if (load.kind === 'trace') return planTrace(source, load.speed, { limit, durationMs });
  if (limit === Infinity && durationMs === null) throw new RangeError('neither a number of requests nor a duration');
  if (load.kind === 'concurrency') return { arrivals: limit, dueMs: undefined, durationMs };
  const count = durationMs === null ? limit : Math.min(limit, computeArrivalCount(load, durationMs));
  const dueMs = load.kind === 'rate' ? planRateArrivals(load, count, point.seed) : planRampArrivals(load, count);
  return { arrivals: count, dueMs, durationMs };
}

/** Numbers that no schedule can be made of would leave the threads waiting for ever. */
function checkLoad(load: LoadShape): void {
  const isGamma = load.kind === 'rate' && load.arrival === 'gamma';
  const wrong = Object.entries(load).find(([name, value]) => {
    if (typeof value !== 'number' || (name === 'burstiness' && !isGamma)) return false;
    const mayBeZero = name === 'fromRequestsPerSecond' && load.kind === 'ramp' && load.growth === 'linear';
    const least = name === 'concurrency' || name === 'maxConcurrency' ? 1 : mayBeZero ? 0 : Number.MIN_VALUE;
    return !(value >= least && value < Infinity);
  });
  if (wrong !== undefined) throw new RangeError(`a load of kind ${load.kind} cannot have a ${wrong[0]} of ${wrong[1]}`);
}

/** The number of sending threads, when the caller leaves it open; a core is left to the rest of the machine. */
export function chooseThreads({ load, dataset }: PointSpec, cores: number): number {
  const streams = computeSlots(load) ?? Infinity;
  const wanted =
    load.kind === 'concurrency'
      ? load.concurrency / STREAMS_PER_THREAD
      : (peakRate(load) * estimateTokens(dataset).output) / EVENTS_PER_THREAD;
  return Math.max(1, Math.min(Math.ceil(wanted), cores - 1, streams, MAX_THREADS));
}

/** Arrivals under way at once over all threads; null for no limit. */
export function computeSlots(load: LoadShape): number | null {
  if (load.kind === 'concurrency') return load.concurrency;
  return load.kind === 'rate' ? (load.maxConcurrency ?? null) : null;
}

/** Share of one of `threads` threads in a number of slots; the first ones take what is left over. */
export function shareSlots(slots: number | null, thread: number, threads: number): number | null {
  return slots === null ? null : Math.floor(slots / threads) + (thread < slots % threads ? 1 : 0);
}

/** Tasks a thread keeps waiting. */
export function computeLookahead(dataset: DatasetSpec, slots: number | null): number {
  const bytes = estimateTokens(dataset).input * BYTES_PER_TOKEN + 512;
  const affordable = Math.max(16, Math.min(4096, Math.floor(LOOKAHEAD_BYTES / bytes)));
  return slots === null ? affordable : Math.max(slots, Math.min(affordable, 2 * slots + 16));
}

/** Requests of the warm-up that are under way at the same time. */
export function computeWarmupSlots({ load, warmupRequests }: PointSpec): number {
  return Math.max(1, Math.min(warmupRequests, computeSlots(load) ?? STREAMS_PER_THREAD));
}

function planTrace(
  source: RequestSource,
  speed: number,
  limits: { limit: number; durationMs: number | null },
): Schedule {
  if (source.timestampsMs === undefined) throw new RangeError('the dataset records no times to replay');
  const all = planTraceArrivals(source.timestampsMs, speed).slice(0, Math.min(limits.limit, Number.MAX_SAFE_INTEGER));
  const dueMs = all.filter((at) => limits.durationMs === null || at < limits.durationMs);
  return { arrivals: dueMs.length, dueMs, durationMs: limits.durationMs };
}

function peakRate(load: Exclude<LoadShape, { kind: 'concurrency' }>): number {
  if (load.kind === 'rate') return load.requestsPerSecond;
  return load.kind === 'ramp' ? Math.max(load.fromRequestsPerSecond, load.toRequestsPerSecond) : 1;
}

function estimateTokens(dataset: DatasetSpec): { readonly input: number; readonly output: number } {
  if ('path' in dataset) return { input: 2048, output: dataset.outputLength ?? 512 };
  const prefix = dataset.kind === 'shared-prefix' ? dataset.prefixLength : 0;
  return { input: prefix + dataset.inputLength, output: dataset.outputLength };
}
