import type { ClientEvent, ClientRequest } from './client-protocol.ts';

/** A server to measure: an image with a profile, started on a host. */
export interface ServerRequest {
  /** Absent: the model's own image, else aim-base of this version. */
  readonly image?: string | undefined;
  /** Path of the profile's file, mounted into the container; absent: the best that fits is chosen. */
  readonly profile?: string | undefined;
  /** `org/model`; needed where neither the profile nor the image names one. */
  readonly model?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** 0: as the profile says. */
  readonly gpuCount: number;
  readonly readyTimeoutMs: number;
}

/** What was measured, as far as the host can say; null where it cannot. */
export interface ServerIdentity {
  readonly image: string | null;
  readonly imageDigest: string | null;
  readonly engine: string | null;
  readonly engineVersion: string | null;
  readonly model: string | null;
  /** Attention and GEMM back ends that the engine's log names as chosen. */
  readonly backends: Readonly<Record<string, string>>;
  readonly gpu: string | null;
  readonly gpuCount: number | null;
  readonly driver: string | null;
}

/** A server that answers `/health`, and the load client beside it. */
export interface RunningServer {
  readonly identity: ServerIdentity;
  /** Every measurement has a server of its own, which knows no prompt yet. */
  readonly anew?: boolean;
  /** Runs one point with the load client on the server's host. @throws AimError when the client or the server dies */
  measure(
    request: Omit<ClientRequest, 'baseUrl'>,
    onEvent: (event: ClientEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends the server and removes everything that was made for it. Safe to call twice. */
  stop(): Promise<void>;
}

/** Where servers run: this machine's Docker Engine, one over SSH, a running endpoint, a Kubernetes namespace. */
export interface BenchHost {
  readonly name: string;
  /**
   * How many of these servers may be measured at the same time, where they do not share a machine's rest; absent: one
   * after the other. @throws AimError
   */
  room?(servers: readonly ServerRequest[]): Promise<number>;
  /** How many servers of this many GPUs may run at the same time. */
  capacity(gpuCount: number): Promise<number>;
  /** Waits for free GPUs, starts, waits until healthy; phases go to `onPhase`. @throws AimError */
  start(request: ServerRequest, onPhase: (phase: string) => void, signal: AbortSignal): Promise<RunningServer>;
  close(): Promise<void>;
}
