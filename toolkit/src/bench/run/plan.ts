import { createHash } from 'node:crypto';
import type { DatasetSpec, LoadShape, PointSpec, ServiceLevel } from '../point.ts';

/** A server to measure: a profile, or what the image or the host already decided. */
export interface Subject {
  /** Name in keys and reports; null for a server that runs already and for an image's own choice. */
  readonly profile: string | null;
  /** The profile's file. */
  readonly file: string | undefined;
  /** SHA-256 of the file, so that a run is not resumed with another text. */
  readonly digest: string | undefined;
}

/** What is measured on every server. */
export interface Workload {
  readonly endpoint: PointSpec['endpoint'];
  readonly datasets: readonly DatasetSpec[];
  /** Loads to measure, or bounds between which the highest load that meets the service level is looked for. */
  readonly loads: readonly LoadShape[] | LoadBounds;
  /** Undefined: by the load. */
  readonly requests: number | undefined;
  readonly durationMs: number | undefined;
  readonly warmupRequests: number | undefined;
  readonly seed: number;
  readonly requestTimeoutMs: number;
  readonly serviceLevel: ServiceLevel | undefined;
  /** As many repeats at least, and as many at most where they differ too much. */
  readonly repeats: { readonly least: number; readonly most: number };
}

/** A search: the load at each step is `at(level)`. */
export interface LoadBounds {
  readonly kind: 'concurrency' | 'rate';
  readonly least: number;
  readonly most: number;
}

/** One profile, shape and load; its repeats are decided while they are measured. */
export interface PlannedPoint {
  /** Unique within a run; a file may be called so. */
  readonly key: string;
  readonly load: LoadShape;
  readonly dataset: DatasetSpec;
  readonly requests: number | undefined;
  readonly durationMs: number | undefined;
  readonly warmupRequests: number;
}

/** One server with the points that are measured on it. */
export interface PlannedServer {
  readonly subject: Subject;
  /** Points in order; under a search only shapes are known, each with the bounds. */
  readonly points: readonly PlannedPoint[];
  readonly searches: readonly PlannedSearch[];
}

export interface PlannedSearch {
  readonly key: string;
  readonly dataset: DatasetSpec;
  readonly bounds: LoadBounds;
}

export interface RunPlan {
  readonly workload: Workload;
  readonly servers: readonly PlannedServer[];
}

const REQUESTS_PER_SLOT = 10;
const WARMUPS_PER_SLOT = 2;
const FEWEST_REQUESTS = 20;
const RATE_SECONDS = 60;
const WARMUP_SECONDS = 5;
const MOST_WARMUPS = 200;

/** The whole matrix: every load of every shape on every server, one server after the other. */
export function planRun(subjects: readonly Subject[], workload: Workload): RunPlan {
  const servers = subjects.map((subject): PlannedServer => {
    const { datasets, loads } = workload;
    const shapes = datasets.map((dataset) => ({ dataset, name: `${subjectName(subject)}.${datasetName(dataset)}` }));
    if ('least' in loads) {
      const searches = shapes.map(({ dataset, name }) => ({ key: name, dataset, bounds: loads }));
      return { subject, points: [], searches };
    }
    const points = shapes.flatMap(({ dataset, name }) =>
      loads.map((load) => planPoint(workload, { key: `${name}.${loadName(load)}`, dataset, load })),
    );
    return { subject, points, searches: [] };
  });
  return { workload, servers };
}

/** A point with the amounts that the workload leaves open. */
export function planPoint(
  workload: Workload,
  { key, dataset, load }: Pick<PlannedPoint, 'key' | 'dataset' | 'load'>,
): PlannedPoint {
  const { requests, durationMs, warmupRequests } = workload;
  return {
    ...{ key, dataset, load, durationMs },
    requests: requests ?? (durationMs === undefined ? defaultRequests(load) : undefined),
    warmupRequests: warmupRequests ?? defaultWarmups(load),
  };
}

/** One step of a search as a point. */
export function planSearchPoint(workload: Workload, search: PlannedSearch, level: number): PlannedPoint {
  const load: LoadShape =
    search.bounds.kind === 'concurrency'
      ? { kind: 'concurrency', concurrency: level }
      : { kind: 'rate', requestsPerSecond: Number(level.toPrecision(6)), arrival: 'poisson', burstiness: 1 };
  return planPoint(workload, { key: `${search.key}.${loadName(load)}`, dataset: search.dataset, load });
}

/**
 * What the load client is told for one repeat. Every repeat has a seed of its own, so that no prompt comes twice; so has
 * a repeat that was broken off and is measured again, in a later `session` of the run (from 1).
 */
export function toSpec(
  workload: Workload,
  point: PlannedPoint,
  { repeat, model, session = 1 }: { readonly repeat: number; readonly model: string; readonly session?: number },
): PointSpec {
  const id = repeatId(point.key, repeat);
  const { endpoint, seed, requestTimeoutMs, serviceLevel } = workload;
  const { load, dataset, requests, durationMs, warmupRequests } = point;
  return {
    ...{ id, endpoint, model, load, dataset, warmupRequests, repeat, requestTimeoutMs },
    seed: deriveSeed(seed, session > 1 ? `${id}#${session}` : id),
    ...(requests === undefined ? {} : { requests }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(serviceLevel === undefined ? {} : { serviceLevel }),
  };
}

/** Name of a repeat, and of its files. */
export function repeatId(key: string, repeat: number): string {
  return `${key}.r${repeat}`;
}

function deriveSeed(seed: number, id: string): number {
  return createHash('sha256').update(`${seed}\n${id}`).digest().readUInt32BE(0);
}

function defaultRequests(load: LoadShape): number | undefined {
  switch (load.kind) {
    case 'concurrency':
      return Math.max(FEWEST_REQUESTS, REQUESTS_PER_SLOT * load.concurrency);
    case 'rate':
      return Math.max(FEWEST_REQUESTS, Math.ceil(RATE_SECONDS * load.requestsPerSecond));
    case 'ramp': {
      const mean = (load.fromRequestsPerSecond + load.toRequestsPerSecond) / 2;
      return Math.max(FEWEST_REQUESTS, Math.ceil(RATE_SECONDS * mean));
    }
    case 'trace':
      return undefined; // as many as it holds
  }
}

function defaultWarmups(load: LoadShape): number {
  if (load.kind === 'concurrency') return WARMUPS_PER_SLOT * load.concurrency;
  const rate =
    load.kind === 'rate'
      ? load.requestsPerSecond
      : load.kind === 'ramp'
        ? load.fromRequestsPerSecond
        : WARMUPS_PER_SLOT;
  return Math.min(MOST_WARMUPS, Math.max(WARMUPS_PER_SLOT, Math.ceil(WARMUP_SECONDS * rate)));
}

/** A subject in names of files. */
export function subjectName({ profile }: Subject): string {
  return fileSafe(profile ?? 'server');
}

/** `random-1024x128`: another name for all that makes requests others. Files go by their content, wherever they are. */
export function datasetName(dataset: DatasetSpec): string {
  switch (dataset.kind) {
    case 'random': {
      const { inputLength, outputLength, rangeRatio } = dataset;
      return `random-${inputLength}x${outputLength}${rangeRatio === 0 ? '' : `-${rangeRatio}`}`;
    }
    case 'shared-prefix':
      return `prefix-${dataset.prefixLength}x${dataset.prefixes}-${dataset.inputLength}x${dataset.outputLength}`;
    case 'multi-turn':
      return `turns-${dataset.turns}-${dataset.thinkTimeMs}ms-${dataset.inputLength}x${dataset.outputLength}`;
    case 'sharegpt':
    case 'jsonl': {
      const { kind, outputLength } = dataset;
      return `${kind}-${contentName(dataset)}${outputLength === undefined ? '' : `-out${outputLength}`}`;
    }
  }
}

/** Older results know only where a file was. */
function contentName({ path, digest }: { readonly path: string; readonly digest?: string }): string {
  if (digest !== undefined) return digest.slice(0, 12);
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 6);
  return fileSafe(`${path.replace(/^.*\//, '').slice(0, 30)}-${hash}`);
}

/** `c8`, `r2.5-poisson`, `ramp-1-10-linear`, `trace-1`. */
export function loadName(load: LoadShape): string {
  switch (load.kind) {
    case 'concurrency':
      return `c${load.concurrency}`;
    case 'rate': {
      const { requestsPerSecond, arrival, burstiness, maxConcurrency } = load;
      const shape = arrival === 'gamma' ? `gamma${burstiness}` : arrival;
      return `r${requestsPerSecond}-${shape}${maxConcurrency === undefined ? '' : `-c${maxConcurrency}`}`;
    }
    case 'ramp':
      return `ramp-${load.fromRequestsPerSecond}-${load.toRequestsPerSecond}-${load.growth}`;
    case 'trace':
      return `trace-${load.speed}`;
  }
}

function fileSafe(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'server';
}
