/** A directory of this host inside a container. */
export interface Bind {
  /** Absolute path on the engine's host. */
  readonly source: string;
  readonly target: string;
}

/** A container's port made reachable from the host. */
export interface PortBinding {
  readonly containerPort: number;
  /** Address of the host that listens: `0.0.0.0` for all. */
  readonly hostAddress: string;
  readonly hostPort: number;
}

/** Everything a container is made of; data only, printable except for `env`, which may hold secrets. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Program and arguments; the image's own when left out. */
  readonly entrypoint?: readonly string[];
  /** `none` for no network at all; the engine's default when left out. */
  readonly network?: 'none';
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `uid:gid`; undefined for the image's own user. */
  readonly user: string | undefined;
  readonly binds: readonly Bind[];
  /** Device nodes of the host, under the same path inside. */
  readonly devices: readonly string[];
  /** Further groups of the process, numeric. */
  readonly groups: readonly string[];
  readonly sharedMemoryBytes: number;
  readonly ports: readonly PortBinding[];
}

export const CONTAINER_STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];

/** A container in the engine's list. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly labels: Readonly<Record<string, string>>;
  /** Its own addresses, one for each network with one. */
  readonly addresses: readonly string[];
}

/** A container and how it is doing. */
export interface ContainerDetails extends ContainerSummary {
  /** Time it was made, ISO 8601 with nanoseconds. */
  readonly createdAt: string;
  /** Time of its latest start; undefined before the first. */
  readonly startedAt: string | undefined;
  /** Exit status of the latest run; meaningful when it does not run. */
  readonly exitCode: number;
  /** The kernel ended it for want of memory of the host. */
  readonly outOfMemory: boolean;
  /** Why the engine could not start it; empty when it could. */
  readonly startError: string;
}

export interface LogOptions {
  /** Only that many lines of what is there already; undefined for all. */
  readonly tailLines: number | undefined;
  /** Go on until the container ends or the signal comes. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The containers of one engine, in this program's terms. Every method throws AimError. */
export interface ContainerHost {
  /** Where it listens, for messages. */
  readonly endpoint: string;
  /** Containers in any state that carry all labels, `name` or `name=value`. */
  list(labels: readonly string[]): Promise<readonly ContainerSummary[]>;
  /** Undefined when there is no such container. */
  inspect(nameOrId: string): Promise<ContainerDetails | undefined>;
  /** Makes a container, not yet running, and returns its id. A name in use is AimError `check-failed`. */
  create(spec: ContainerSpec): Promise<string>;
  /** Unpacks a tar archive into a folder of the container. */
  putArchive(id: string, folder: string, archive: Buffer): Promise<void>;
  start(id: string): Promise<void>;
  /** SIGTERM, and SIGKILL after the grace time. One that has ended is no error. */
  stop(id: string, graceSeconds: number): Promise<void>;
  /** From now on the engine starts it again after a crash or a reboot, until it is stopped. */
  keepRunning(id: string): Promise<void>;
  /** Removes it, running or not, with its anonymous volumes. One that is gone is no error. */
  remove(id: string): Promise<void>;
  /** Lines of standard output and error as they come, carriage returns counting as line ends. */
  readLog(id: string, options: LogOptions): AsyncIterable<string>;
}
