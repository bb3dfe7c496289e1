import type { ContainerHost } from '../docker/containers.ts';
import { drain, type DrainEnd } from './drain.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';
import { askFirst } from './http.ts';

/** An endpoint that was stopped. */
export interface StoppedEndpoint {
  readonly name: string;
  readonly model: string;
  /** `idle`: no request was cut off; `supervised`: the container saw to that itself; `down`: it did not serve. */
  readonly drain: DrainEnd | 'supervised' | 'down' | 'skipped';
  /** False under --keep: it can be started again. */
  readonly removed: boolean;
  readonly elapsedMs: number;
}

export interface StopOptions {
  /** How long running requests may take; 0 cuts them off. */
  readonly drainSeconds: number;
  /** Leave the container for `restart`. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly nowMs: () => number;
}

/** Between SIGTERM and SIGKILL, for an engine that has no requests any more. */
const GRACE_SECONDS = 20;
/** Exit status after SIGKILL: the container was still draining when its time was up. */
const KILLED = 137;
const HEALTH_TIMEOUT_MS = 1_000;

/** Lets an endpoint's requests finish, ends it and removes its container. @throws AimError environment or interrupted */
export async function stopEndpoint(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: StopOptions,
): Promise<StoppedEndpoint> {
  const { name, model, id } = endpoint;
  const startedMs = options.nowMs();
  const ended = await drainEndpoint(endpoint, options);
  options.onProgress(`${name}: stopping`);
  await endContainer(containers, id, ended === 'supervised' ? options.drainSeconds : 0);
  const cutOff = ended === 'supervised' && (await containers.inspect(id))?.exitCode === KILLED;
  if (!options.keep) await containers.remove(id);
  return {
    name,
    model,
    drain: cutOff ? 'limit' : ended,
    removed: !options.keep,
    elapsedMs: options.nowMs() - startedMs,
  };
}

/** Ends a container; `drainSeconds` is the time it may take for its own draining. */
export async function endContainer(containers: ContainerHost, id: string, drainSeconds: number): Promise<void> {
  await containers.stop(id, drainSeconds + GRACE_SECONDS);
}

/** Waits for an endpoint's requests as far as that is possible. */
export async function drainEndpoint(
  endpoint: Endpoint,
  { drainSeconds, signal, onProgress }: Pick<StopOptions, 'drainSeconds' | 'signal' | 'onProgress'>,
): Promise<StoppedEndpoint['drain']> {
  if (endpoint.state !== 'running') return 'down';
  // Such a container refuses new requests and ends when the others are done.
  if (endpoint.supervised) return 'supervised';
  if (drainSeconds === 0) return 'skipped';
  const found = await askFirst(urlsOf(endpoint), '/health', { timeoutMs: HEALTH_TIMEOUT_MS, signal });
  if (found === undefined) return 'down';
  const onWait = (requests: number) =>
    onProgress(`${endpoint.name}: waiting for ${requests} ${requests === 1 ? 'request' : 'requests'}`);
  return drain(found.url, { limitMs: drainSeconds * 1000, signal, onWait });
}
