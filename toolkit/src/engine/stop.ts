import type { ContainerHost } from '../docker/containers.ts';
import { drain, type DrainEnd } from './drain.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';

/** An endpoint that was stopped. */
export interface StoppedEndpoint {
  readonly name: string;
  readonly model: string;
  /** `idle`: no request was cut off; `supervised`: the container saw to that itself; `down`: it did not serve. */
  readonly drain: DrainEnd | 'supervised' | 'skipped';
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

/** Lets an endpoint's requests finish, ends it and removes its container. @throws AimError environment or interrupted */
export async function stopEndpoint(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: StopOptions,
): Promise<StoppedEndpoint> {
  const { name, model, id } = endpoint;
  const startedMs = options.nowMs();
  const ended = await endEndpoint(containers, endpoint, options);
  if (!options.keep) await containers.remove(id);
  return { name, model, drain: ended, removed: !options.keep, elapsedMs: options.nowMs() - startedMs };
}

type EndOptions = Pick<StopOptions, 'drainSeconds' | 'signal' | 'onProgress'>;

/** Lets an endpoint's requests finish and ends its container; tells how the requests ended. @throws AimError */
export async function endEndpoint(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: EndOptions,
): Promise<StoppedEndpoint['drain']> {
  const { id, name } = endpoint;
  const ended = await drainEndpoint(endpoint, options);
  options.onProgress(`${name}: stopping`);
  if (ended !== 'supervised') {
    await containers.stop(id, GRACE_SECONDS);
    return ended;
  }
  await containers.stop(id, options.drainSeconds + GRACE_SECONDS);
  const isCutOff = (await containers.inspect(id))?.exitCode === KILLED;
  return isCutOff ? 'limit' : ended;
}

/** Waits for an endpoint's requests as far as that is possible. */
async function drainEndpoint(
  endpoint: Endpoint,
  { drainSeconds, signal, onProgress }: EndOptions,
): Promise<StoppedEndpoint['drain']> {
  if (endpoint.state !== 'running') return 'down';
  // Such a container refuses new requests and ends when the others are done.
  if (endpoint.supervised) return 'supervised';
  if (drainSeconds === 0) return 'skipped';
  const onWait = (requests: number | undefined) =>
    onProgress(`${endpoint.name}: waiting for ${requests ?? 'uncounted'} ${requests === 1 ? 'request' : 'requests'}`);
  return drain(urlsOf(endpoint), { limitMs: drainSeconds * 1000, signal, onWait });
}
