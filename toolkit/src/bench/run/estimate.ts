import { planTraceArrivals } from '../load/arrivals.ts';
import type { PlannedPoint, PlannedServer, RunPlan } from './plan.ts';
import { planSearchPoint } from './plan.ts';
import { loadTraceTimes } from './trace-times.ts';

/** How long a run may take, milliseconds; assumptions, not promises. */
export interface TimeEstimate {
  /** Every point with the fewest repeats, and with the most. */
  readonly leastMs: number;
  readonly mostMs: number;
  readonly assumptions: readonly string[];
}

const FIRST_TOKEN_MS = 500;
const TOKEN_MS = 20;
const UNKNOWN_OUTPUT = 256;
const SEARCH_POINTS = 8;
/** Between two points: the client's start, the files. */
const OVERHEAD_MS = 3_000;

/**
 * Estimates a run; of a trace the file is read, which knows how long it is.
 * @param startMs time until a server is ready; 0 for one that runs
 * @throws AimError usage when a trace cannot be replayed
 */
export function estimateTime({ servers, workload }: RunPlan, startMs: number): TimeEstimate {
  const { least, most } = workload.repeats;
  const timesOf = rememberTimes();
  const pointMs = (point: PlannedPoint) => repeatMs(point, timesOf);
  const sum = (repeats: number, searchPoints: number) =>
    servers.reduce((total, server) => total + startMs + serverMs(server, { repeats, searchPoints }), 0);
  const serverMs = (
    { points, searches }: PlannedServer,
    { repeats, searchPoints }: { readonly repeats: number; readonly searchPoints: number },
  ) => {
    const measured = points.reduce((total, point) => total + repeats * pointMs(point), 0);
    const searched = searches.map((search) => {
      const { bounds } = search;
      const middle = Math.max(1, Math.round(Math.sqrt(bounds.least * bounds.most)));
      return (searchPoints + repeats - 1) * pointMs(planSearchPoint(workload, search, middle));
    });
    return searched.reduce((total, each) => total + each, measured);
  };
  return {
    leastMs: sum(least, Math.ceil(SEARCH_POINTS / 2)),
    mostMs: sum(most, SEARCH_POINTS),
    assumptions: [
      `${FIRST_TOKEN_MS} ms to the first token and ${TOKEN_MS} ms for each further one`,
      ...(startMs === 0 ? [] : [`${startMs / 1000} s until a server is ready`]),
    ],
  };
}

type TraceTimes = (path: string) => readonly number[];

/** All points of a plan replay the same few files. */
function rememberTimes(): TraceTimes {
  const known = new Map<string, readonly number[]>();
  return (path) => {
    const times = known.get(path) ?? loadTraceTimes(path);
    known.set(path, times);
    return times;
  };
}

/** One repeat of a point. */
function repeatMs(point: PlannedPoint, timesOf: TraceTimes): number {
  const { durationMs = Infinity, requests, warmupRequests } = point;
  const warmupMs = warmupRequests === 0 ? 0 : sendMs(point, warmupRequests);
  return OVERHEAD_MS + warmupMs + Math.min(durationMs, replayMs(point, timesOf) ?? sendMs(point, requests ?? Infinity));
}

/** Until the last request of a trace is answered; undefined for other loads. */
function replayMs(point: PlannedPoint, timesOf: TraceTimes): number | undefined {
  const { load, dataset, requests = Infinity } = point;
  if (load.kind !== 'trace' || !('path' in dataset)) return undefined;
  const dueMs = planTraceArrivals(timesOf(dataset.path), load.speed);
  return (dueMs[Math.min(requests, dueMs.length) - 1] ?? 0) + requestMs(point);
}

/** A number of requests at the load. */
function sendMs(point: PlannedPoint, count: number): number {
  const { load } = point;
  switch (load.kind) {
    case 'concurrency':
      return Math.ceil(count / load.concurrency) * requestMs(point);
    case 'rate':
      return (count / load.requestsPerSecond) * 1000 + requestMs(point);
    case 'ramp':
      return (count / ((load.fromRequestsPerSecond + load.toRequestsPerSecond) / 2)) * 1000 + requestMs(point);
    case 'trace':
      return requestMs(point); // only its warm-up, which goes out at once
  }
}

function requestMs(point: PlannedPoint): number {
  return FIRST_TOKEN_MS + TOKEN_MS * outputLength(point);
}

function outputLength({ dataset }: PlannedPoint): number {
  const turns = dataset.kind === 'multi-turn' ? dataset.turns : 1;
  return turns * (dataset.outputLength ?? UNKNOWN_OUTPUT);
}
