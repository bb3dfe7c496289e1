import type { ClientHealth } from './client-protocol.ts';
import type { ServerIdentity } from './host.ts';
import type { PointSpec } from './point.ts';
import type { RequestOutcome } from './record.ts';

/** Mean, population standard deviation and percentiles (numpy's linear interpolation), milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** vLLM's own figures, by its formulas: from the actual send time, per frame, failed requests left out. */
export interface VllmMetrics {
  readonly durationS: number;
  readonly completed: number;
  readonly failed: number;
  readonly totalInputTokens: number;
  readonly totalOutputTokens: number;
  readonly requestThroughput: number;
  readonly requestGoodput: number | null;
  readonly outputThroughput: number;
  readonly totalTokenThroughput: number;
  readonly ttft: Distribution;
  readonly tpot: Distribution;
  readonly itl: Distribution;
  readonly e2el: Distribution;
}

/** Figures that say what a user waits for: from the intended send time, per token, over the steady window. */
export interface CorrectedMetrics {
  /** Measured window after ramp and drain are cut off, and the share of requests outside it. */
  readonly windowFromMs: number;
  readonly windowToMs: number;
  readonly trimmedShare: number;
  readonly outputTokensPerSecond: number;
  readonly requestsPerSecond: number;
  /** Requests that met every limit / all requests, failed ones included. */
  readonly goodShare: number | null;
  readonly goodRequestsPerSecond: number | null;
  readonly firstContentToken: Distribution;
  /** Gap of each token; a frame of k tokens after gap g counts k gaps of g/k. */
  readonly tokenGap: Distribution;
  readonly tpot: Distribution;
  readonly latency: Distribution;
  readonly clientQueue: Distribution;
  readonly curves: LatencyCurves;
}

/** Latencies in milliseconds at the shares of `CURVE_SHARES`, ascending; empty where there was nothing to measure. */
export interface LatencyCurves {
  readonly firstContentToken: readonly number[];
  readonly tokenGap: readonly number[];
  readonly latency: readonly number[];
}

/** Why a repeat's numbers must not be used. */
export type InvalidReason =
  | 'client_loop_delay'
  | 'client_schedule_lag'
  | 'client_cpu'
  | 'load_not_delivered'
  | 'tokens_disagree_with_server'
  | 'too_many_failures'
  | 'no_measured_requests'
  | 'prompts_were_cached'
  | 'server_restarted';

/** What the server's `/metrics` and the GPUs did in the measured window; null where nothing was reported. */
export interface ServerWindow {
  readonly promptTokens: number | null;
  readonly generationTokens: number | null;
  readonly cachedPromptTokens: number | null;
  readonly preemptions: number | null;
  readonly runningMax: number | null;
  readonly waitingMax: number | null;
  readonly kvCacheUsageMax: number | null;
  readonly queueMeanMs: number | null;
  readonly prefillMeanMs: number | null;
  readonly decodeMeanMs: number | null;
  readonly acceptedPerDraft: number | null;
}

export interface GpuWindow {
  readonly gpus: number;
  readonly energyJoule: number | null;
  readonly meanPowerWatt: number | null;
  readonly maxVramBytes: number | null;
  readonly joulePerOutputToken: number | null;
  readonly powerValid: boolean;
  readonly reasons: readonly string[];
}

/** One repeat of one point. */
export interface RepeatResult {
  readonly spec: PointSpec;
  readonly startedAt: string;
  readonly valid: boolean;
  readonly reasons: readonly InvalidReason[];
  readonly outcomes: Readonly<Partial<Record<RequestOutcome, number>>>;
  readonly vllm: VllmMetrics;
  readonly corrected: CorrectedMetrics;
  readonly client: ClientHealth;
  readonly server: ServerWindow | null;
  readonly gpu: GpuWindow | null;
  /** Gzip file with one RequestRecord as JSON per line; relative to the folder of the result. */
  readonly recordsFile: string;
  /** Gzip file with one ClientEvent of type `metrics` or `gpu` per line; relative to the folder of the result. */
  readonly samplesFile: string;
}

/** A mean over repeats with its two-sided 95 % interval by Student's t. */
export interface Estimate {
  readonly mean: number;
  /** Null with a single repeat: it says nothing about its spread. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** All repeats of one profile, shape and load. */
export interface PointResult {
  readonly key: string;
  readonly profile: string | null;
  readonly identity: ServerIdentity;
  readonly repeats: readonly RepeatResult[];
  /** Over valid repeats only; empty when there is none. */
  readonly estimates: Readonly<Record<string, Estimate>>;
}

/** One run of `aimctl bench`: `result.json` of its folder, schema `schemas/bench-result.schema.json`. */
export interface BenchResult {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'aimctl'; readonly version: string };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly host: string;
  readonly points: readonly PointResult[];
}
