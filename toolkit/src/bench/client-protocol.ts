import type { PointSpec } from './point.ts';
import type { RequestRecord } from './record.ts';

/**
 * The load client is a process of its own, on the host of the server: it reads one ClientRequest as JSON from standard
 * input and writes ClientEvents as JSON lines to standard output. The request is one line; standard input stays open. End of standard input or SIGTERM ends it.
 */
export interface ClientRequest {
  /** Root of the server, without `/v1`. */
  readonly baseUrl: string;
  readonly point: PointSpec;
  /** Threads that send; 0 lets the client choose. */
  readonly workers: number;
  readonly keepText: boolean;
  /** Sent with every request, such as `authorization`; never written anywhere. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Pause between scrapes of `/metrics`; 0 for none. */
  readonly metricsIntervalMs: number;
  /** Command that runs amd-smi, such as `["docker", "exec", "NAME", "amd-smi"]`; empty for no GPU sampling. */
  readonly amdSmi: readonly string[];
  /** Asks the server to drop its prefix cache first, where it can. */
  readonly resetPrefixCache: boolean;
}

/** State of the client's own machine over the measured window; decides whether its numbers can be believed. */
export interface ClientHealth {
  /** Event-loop delay over all threads. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Sent minus due, as far as the server was not the reason; 0 in closed loops, which have no schedule. */
  readonly scheduleLagP50Ms: number;
  readonly scheduleLagP99Ms: number;
  /** Highest CPU use of one sending thread, 0..1, without the time spent in waiting for a moment to send. */
  readonly threadCpuMax: number;
  readonly events: number;
  /** Of the whole process, again without waiting. */
  readonly cpuMicrosecondsPerEvent: number;
  readonly workers: number;
}

/** One scrape of the server's `/metrics`: summed counters, largest gauges, histogram sums and counts, by full name. */
export interface MetricsSample {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One reading of all GPUs; absent where amd-smi says N/A. */
export interface GpuSample {
  readonly atMs: number;
  readonly gpus: readonly {
    readonly index: number;
    readonly powerWatt?: number;
    readonly gfxClockMhz?: number;
    readonly memoryClockMhz?: number;
    readonly utilisation?: number;
    readonly vramUsedBytes?: number;
    readonly energyJoule?: number;
  }[];
}

export type ClientEvent =
  /**
   * `epochMs` is the wall-clock time of 0 of all other times, `monotonicMs` the same on CLOCK_MONOTONIC
   * (`process.hrtime`) of the client's host, which clocks of other processes there can be joined with.
   */
  | {
      readonly type: 'started';
      readonly epochMs: number;
      readonly monotonicMs: number;
      readonly prefixCacheReset: boolean;
    }
  | {
      readonly type: 'progress';
      readonly sent: number;
      readonly done: number;
      readonly failed: number;
      readonly atMs: number;
    }
  /** Records come together when the last request has ended, so that writing them disturbs no measurement. */
  | { readonly type: 'record'; readonly record: RequestRecord }
  | { readonly type: 'metrics'; readonly sample: MetricsSample }
  | { readonly type: 'gpu'; readonly sample: GpuSample }
  /** Measured requests ran from `fromMs` to `toMs`. */
  | { readonly type: 'done'; readonly fromMs: number; readonly toMs: number; readonly health: ClientHealth }
  | { readonly type: 'failed'; readonly message: string };
