/** How requests reach the server. Rates are requests per second, times milliseconds. */
export type LoadShape =
  | { readonly kind: 'concurrency'; readonly concurrency: number }
  | {
      readonly kind: 'rate';
      readonly requestsPerSecond: number;
      readonly arrival: ArrivalProcess;
      /** Shape of the gamma distribution: 1 is Poisson, less is burstier; ignored by `constant` and `poisson`. */
      readonly burstiness: number;
      /** At most this many at once; requests over it wait in the client and that wait is counted. */
      readonly maxConcurrency?: number;
    }
  | {
      readonly kind: 'ramp';
      readonly growth: 'linear' | 'exponential';
      readonly fromRequestsPerSecond: number;
      readonly toRequestsPerSecond: number;
    }
  /** Requests at the times their dataset records; speed 2 replays twice as fast. */
  | { readonly kind: 'trace'; readonly speed: number };

export type ArrivalProcess = 'constant' | 'poisson' | 'gamma';

/** What is sent. Lengths are tokens; `rangeRatio` r draws lengths evenly from [(1-r)·L, (1+r)·L]. */
export type DatasetSpec =
  | {
      readonly kind: 'random';
      readonly inputLength: number;
      readonly outputLength: number;
      readonly rangeRatio: number;
    }
  | {
      readonly kind: 'shared-prefix';
      readonly prefixLength: number;
      readonly prefixes: number;
      readonly inputLength: number;
      readonly outputLength: number;
    }
  | {
      readonly kind: 'multi-turn';
      readonly turns: number;
      readonly inputLength: number;
      readonly outputLength: number;
      readonly thinkTimeMs: number;
    }
  | {
      readonly kind: 'sharegpt' | 'jsonl';
      readonly path: string;
      /** SHA-256 of its content, hex; older results have none. */
      readonly digest?: string;
      readonly outputLength?: number;
    };

/** Limits a request has to meet to count for goodput, in milliseconds, bounds included. */
export interface ServiceLevel {
  readonly ttftMs?: number;
  readonly tpotMs?: number;
  readonly e2elMs?: number;
}

/**
 * One measured point: one load on one server, one repeat. No request is sent after `requests` of them or `durationMs`,
 * whichever is first; those under way are finished.
 */
export interface PointSpec {
  /** Unique within a run and stable across resumes: profile, shape, load and repeat. */
  readonly id: string;
  readonly endpoint: 'chat' | 'completions';
  /** Name the server knows the model by. */
  readonly model: string;
  readonly load: LoadShape;
  readonly dataset: DatasetSpec;
  readonly requests?: number;
  readonly durationMs?: number;
  /** Requests of the same shape before the measured ones; they are recorded as `warmup`. */
  readonly warmupRequests: number;
  readonly repeat: number;
  /** Different for every point, so that no prompt was seen before. */
  readonly seed: number;
  /** Ids that random prompts are drawn from, `toId` excluded; absent: a range that every usual vocabulary has. */
  readonly tokenRange?: { readonly fromId: number; readonly toId: number };
  readonly requestTimeoutMs: number;
  readonly serviceLevel?: ServiceLevel;
}
