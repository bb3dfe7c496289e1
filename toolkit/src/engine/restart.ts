import type { ContainerHost } from '../docker/containers.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';
import { waitUntilReady } from './readiness.ts';
import { drainEndpoint, endContainer, type StoppedEndpoint, type StopOptions } from './stop.ts';

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

/** Drains and ends an endpoint, starts the same container again and waits for it. @throws AimError */
export async function restartEndpoint(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: RestartOptions,
): Promise<RestartedEndpoint> {
  const { id, name, model } = endpoint;
  const { signal, timeoutMs, onLine, onProgress, nowMs } = options;
  const startedMs = nowMs();
  const ended = await drainEndpoint(endpoint, options);
  onProgress(`${name}: stopping`);
  await endContainer(containers, id, ended === 'supervised' ? options.drainSeconds : 0);
  onProgress(`${name}: starting`);
  await containers.start(id);
  const urls = ({ addresses }: { readonly addresses: readonly string[] }) => urlsOf({ ...endpoint, addresses });
  const onActivity = (text: string) => onProgress(`${name}: ${text}`);
  // The log of the run before is not this one's.
  const ready = await waitUntilReady(containers, { id, urls, timeoutMs, signal, onActivity, onLine, tailLines: 0 });
  if ('ended' in ready) throw ready.ended.error;
  await containers.keepRunning(id);
  return { name, model, url: ready.url, drain: ended, elapsedMs: nowMs() - startedMs };
}
