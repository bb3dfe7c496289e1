import type { ContainerHost } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';
import { waitUntilReady } from './readiness.ts';
import { findFirstStarted, findRivals, sharedOf } from './rivals.ts';
import { runContainer } from './run-container.ts';
import { endEndpoint, type StoppedEndpoint, type StopOptions } from './stop.ts';

/** An endpoint that was started anew with the settings it had. */
export interface RestartedEndpoint {
  readonly name: string;
  readonly model: string;
  readonly url: string;
  readonly drain: StoppedEndpoint['drain'];
  readonly elapsedMs: number;
}

export interface RestartOptions extends Omit<StopOptions, 'keep'> {
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
}

/**
 * Drains and ends an endpoint, starts the same container again and waits for it. One whose GPUs or port another
 * endpoint holds is left as it is; one whose engine ends is stopped. @throws AimError
 */
export async function restartEndpoint(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: RestartOptions,
): Promise<RestartedEndpoint> {
  const { id, name, model } = endpoint;
  const { signal, timeoutMs, onLine, onProgress, nowMs } = options;
  const startedMs = nowMs();
  await checkFree(containers, endpoint);
  const ended = await endEndpoint(containers, endpoint, options);
  onProgress(`${name}: starting`);
  await start(containers, endpoint);
  const urls = ({ addresses }: { readonly addresses: readonly string[] }) => urlsOf({ ...endpoint, addresses });
  const onActivity = (text: string) => onProgress(`${name}: ${text}`);
  // The log of the run before is not this one's.
  const ready = await waitUntilReady(containers, { id, urls, timeoutMs, signal, onActivity, onLine, tailLines: 0 });
  if ('ended' in ready) {
    // Docker would start it again and again.
    await containers.stop(id, 0);
    throw ready.ended.error;
  }
  await containers.keepRunning(id);
  return { name, model, url: ready.url, drain: ended, elapsedMs: nowMs() - startedMs };
}

/** @throws AimError environment when another endpoint holds what this one needs */
async function checkFree(containers: ContainerHost, endpoint: Endpoint): Promise<void> {
  const [rival] = await findRivals(containers, endpoint);
  if (rival !== undefined) throw held(endpoint, sharedOf(rival, endpoint).join(', '), rival.name);
}

/** Starts the container, unless another one that needs the same was started at the same time, and before. */
async function start(containers: ContainerHost, endpoint: Endpoint): Promise<void> {
  const refusal = await runContainer(containers, endpoint.id);
  if (refusal !== undefined) throw refusal.error;
  const rival = await findFirstStarted(containers, endpoint);
  if (rival === undefined) return;
  await containers.stop(endpoint.id, 0);
  throw held(endpoint, 'a GPU or the port', rival);
}

function held({ name }: Endpoint, what: string, rival: string): Error {
  return failure('environment', {
    message: `${name} cannot be started: ${what} is used by the endpoint ${rival}`,
    hint: `Stop it with aimctl stop ${rival}, or launch the model anew on other GPUs.`,
  });
}
