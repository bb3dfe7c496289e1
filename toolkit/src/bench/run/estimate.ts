import type { PlannedPoint, PlannedServer, RunPlan } from './plan.ts';
import { planSearchPoint } from './plan.ts';

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

/** Estimates a run. @param startMs time until a server is ready; 0 for one that runs */
export function estimateTime({ servers, workload }: RunPlan, startMs: number): TimeEstimate {
  const { least, most } = workload.repeats;
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

/** One repeat of a point. */
function pointMs(point: PlannedPoint): number {
  const requestMs = FIRST_TOKEN_MS + TOKEN_MS * outputLength(point);
  const { load, requests, durationMs, warmupRequests } = point;
  const forRequests = (count: number) => {
    switch (load.kind) {
      case 'concurrency':
        return Math.ceil(count / load.concurrency) * requestMs;
      case 'rate':
        return (count / load.requestsPerSecond) * 1000 + requestMs;
      case 'ramp':
        return (count / ((load.fromRequestsPerSecond + load.toRequestsPerSecond) / 2)) * 1000 + requestMs;
      case 'trace':
        return count * requestMs;
    }
  };
  const measuredMs = Math.min(durationMs ?? Infinity, requests === undefined ? Infinity : forRequests(requests));
  const warmupMs = warmupRequests === 0 ? 0 : forRequests(warmupRequests);
  return OVERHEAD_MS + warmupMs + (Number.isFinite(measuredMs) ? measuredMs : 0);
}

function outputLength({ dataset }: PlannedPoint): number {
  const turns = dataset.kind === 'multi-turn' ? dataset.turns : 1;
  return turns * (dataset.outputLength ?? UNKNOWN_OUTPUT);
}
