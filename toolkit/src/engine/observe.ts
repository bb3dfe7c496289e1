import { AimError } from 'aim-runtime/system';
import type { ContainerDetails, ContainerHost } from '../docker/containers.ts';
import { describeActivity, parseActivity } from './activity.ts';
import { findCause } from './death.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';
import { askFirst } from './http.ts';
import { measureLoad, type Load } from './metrics.ts';

/** How an endpoint is doing. */
export const HEALTHS = ['ready', 'starting', 'unhealthy', 'stopped'] as const;
export type Health = (typeof HEALTHS)[number];

/** An endpoint as `list` and `status` show it. */
export interface EndpointReport {
  readonly name: string;
  readonly model: string;
  readonly health: Health;
  /** Where it answers; null when it does not. */
  readonly url: string | null;
  readonly port: number;
  readonly profile: string;
  readonly backend: string;
  readonly precision: string;
  readonly metric: string;
  readonly gpuModel: string;
  readonly gpus: readonly string[];
  readonly image: string;
  readonly containerId: string;
  /** The container's state as the engine names it. */
  readonly state: string;
  /** Latest start, ISO 8601. */
  readonly startedAt: string | null;
  /** Null when it does not run. */
  readonly uptimeSeconds: number | null;
  /** Null when it is not ready or has no metrics. */
  readonly load: Load | null;
  /** What it is doing while it starts; why it ended when it did by itself. */
  readonly detail: string | null;
}

export interface ObserveOptions {
  readonly signal: AbortSignal;
  /** Time over which tokens are counted. */
  readonly windowMs: number;
  readonly now: Date;
}

const HEALTH_TIMEOUT_MS = 1_000;
const METRICS_TIMEOUT_MS = 1_000;
const LAST_LINES = 60;
/** What `docker stop` and the end of an engine by a signal leave behind: nothing to explain. */
const ORDERLY = [0, 130, 143];

/** Asks an endpoint how it is doing. */
export async function observe(
  containers: ContainerHost,
  endpoint: Endpoint,
  options: ObserveOptions,
): Promise<EndpointReport> {
  const running = endpoint.state === 'running';
  const urls = running ? urlsOf(endpoint) : [];
  const { windowMs, signal } = options;
  // All at once: with many endpoints every question that waits for another one is felt.
  const [container, found, load] = await Promise.all([
    containers.inspect(endpoint.id),
    askFirst(urls, '/health', { timeoutMs: HEALTH_TIMEOUT_MS, signal }),
    measureLoad(urls, { windowMs, timeoutMs: METRICS_TIMEOUT_MS }),
  ]);
  const ready = found?.answer.status === 200;
  const reason = ready ? undefined : await explain(containers, endpoint, { container, options });
  const { name, model, port, profile, backend, precision, metric, gpuModel, gpus, image, id, state } = endpoint;
  const startedAt = container?.startedAt ?? null;
  return {
    ...{ name, model, port, profile, backend, precision, metric, gpuModel, gpus, image, state, startedAt },
    load: ready ? load : null,
    health: ready ? 'ready' : (reason?.health ?? 'stopped'),
    url: found?.url ?? null,
    containerId: id,
    uptimeSeconds: running && startedAt !== null ? secondsBetween(startedAt, options.now) : null,
    detail: reason?.detail ?? null,
  };
}

/** Why an endpoint is not ready, by the end of its log. */
async function explain(
  containers: ContainerHost,
  endpoint: Endpoint,
  { container, options }: { readonly container: ContainerDetails | undefined; readonly options: ObserveOptions },
): Promise<{ readonly health: Health; readonly detail: string | null }> {
  const running = endpoint.state === 'running';
  if (container === undefined) return { health: 'stopped', detail: 'the container is gone' };
  if (!running && container.startError === '' && ORDERLY.includes(container.exitCode))
    return { health: 'stopped', detail: null };
  const lines = await readLastLines(containers, endpoint.id, options.signal);
  if (!running) {
    const cause = findCause(lines, container)?.text ?? `exit status ${container.exitCode}`;
    return { health: 'stopped', detail: cause };
  }
  const activity = lines.map(parseActivity).findLast((each) => each !== undefined);
  if (activity?.stage === 'listening') return { health: 'unhealthy', detail: 'the engine listens but does not answer' };
  return { health: 'starting', detail: activity === undefined ? null : describeActivity(activity) };
}

/** The end of a log; what came of it when it cannot be read, as that of a container that is being removed. */
async function readLastLines(containers: ContainerHost, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of containers.readLog(id, { follow: false, tailLines: LAST_LINES, signal })) lines.push(line);
  } catch (error) {
    if (!(error instanceof AimError) || error.code !== 'environment') throw error;
  }
  return lines;
}

function secondsBetween(start: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(start)) / 1000));
}
