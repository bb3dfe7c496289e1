import { setTimeout as sleep } from 'node:timers/promises';
import { engineEnded, type Cause } from '../../engine/death.ts';
import { waitUntilReady } from '../../engine/readiness.ts';
import type { EndpointImage } from '../../engine/endpoint-image.ts';
import type { Started } from '../../engine/start.ts';
import { urlsOf } from '../../engine/endpoint.ts';
import { failure } from '../../exit-codes.ts';
import { blameEngine } from '../engine-failure.ts';
import type { RunningServer } from '../host.ts';
import { parseEngineLog } from '../server/engine-log.ts';
import { createGpuFilter } from '../server/own-gpus.ts';
import type { EngineSite } from './engine-site.ts';
import { placeDataset, runClient } from './run-client.ts';
import { askServer } from './served.ts';

export interface StartedServer extends Started {
  readonly image: EndpointImage;
  readonly digest: string | null;
}

export interface ReadyOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

const STOP_SECONDS = 10;
const WATCH_MS = 1_000;
const LAST_LINES = 30;
/** The start of a log names versions and back ends; later lines repeat figures. */
const MOST_LINES = 20_000;

/** Waits until a started container serves. @throws AimError why it ended or never became ready */
export async function createRunningServer(
  site: EngineSite,
  server: StartedServer,
  { timeoutMs, signal, onPhase }: ReadyOptions,
): Promise<RunningServer> {
  const { containers, machine } = site;
  const { id } = server;
  const lines: string[] = [];
  const urls = await findUrls(site, server);
  const endMs = performance.now() + timeoutMs;
  const ready = await waitUntilReady(containers, {
    ...{ id, timeoutMs, signal, onActivity: onPhase },
    urls: () => [...urls.keys()],
    onLine: (line) => {
      if (lines.length < MOST_LINES) lines.push(line);
    },
  }).catch((error: unknown) => {
    // It was given all its time.
    throw error instanceof Error && performance.now() >= endMs ? blameEngine(error) : error;
  });
  if ('ended' in ready) throw blame(ready.ended);
  const served = await askServer(ready.url, { signal });
  const baseUrl = urls.get(ready.url) ?? ready.url;
  return {
    identity: identify(site, server, { lines, served }),
    measure: async (request, onEvent, measuring) => {
      const watch = watchContainer(site, id, measuring);
      const amdSmi = request.amdSmi.length > 0 ? request.amdSmi : smiCommand(site, id);
      const indices = server.plan.choice.gpus.map(({ index }) => index);
      const selectOwn = createGpuFilter(indices, { seesHost: site.facts.has.amdSmi });
      const onOwn: typeof onEvent = (event) =>
        onEvent(event.type === 'gpu' ? { ...event, sample: selectOwn(event.sample) } : event);
      try {
        const point = await placeDataset(machine, request.point);
        const client = await machine.start('client');
        await runClient(client, { ...request, point, amdSmi, baseUrl }, { onEvent: onOwn, signal: watch.signal });
      } finally {
        watch.stop();
      }
    },
    stop: async () => {
      await containers.stop(id, STOP_SECONDS);
      await containers.remove(id);
    },
  };
}

/** Causes of an end that the settings of an engine have nothing to do with. */
const SURROUNDINGS = new Set(['gated-model', 'model-not-found', 'port', 'disk', 'no-gpu', 'network']);

/** The error of an ended engine, marked as its own unless something around it made it end. */
function blame({ cause, error }: { readonly cause: Cause | undefined; readonly error: Error }): Error {
  return cause !== undefined && SURROUNDINGS.has(cause.id) ? error : blameEngine(error);
}

/** Addresses to call from here, the container's own first: no proxy of the engine stands before it. */
async function findUrls(
  { containers, machine }: EngineSite,
  { id, plan, image }: StartedServer,
): Promise<Map<string, string>> {
  const addresses = (await containers.inspect(id))?.addresses ?? [];
  const { facts, name } = plan;
  const [published = '', ...own] = urlsOf({ ...facts, id, name, image: image.reference, addresses });
  const reached = await Promise.all(
    [...own, published].map(async (url) => [await machine.reachUrl(url), url] as const),
  );
  return new Map(reached);
}

function identify(
  { facts }: EngineSite,
  { plan, image, digest }: StartedServer,
  found: { readonly lines: readonly string[]; readonly served: Awaited<ReturnType<typeof askServer>> },
): RunningServer['identity'] {
  const log = parseEngineLog(found.lines.join('\n'));
  const { backend, gpuModel, gpus } = plan.facts;
  return {
    image: image.reference,
    imageDigest: digest,
    engine: log.engine ?? backend,
    engineVersion: found.served.engineVersion ?? log.version,
    model: found.served.model,
    backends: log.backends,
    gpu: gpuModel,
    gpuCount: gpus.length,
    driver: facts.driver ?? null,
  };
}

/** The host's own amd-smi, else the one in the container; none without a GPU driver. */
function smiCommand({ facts }: EngineSite, id: string): string[] {
  if (facts.has.amdSmi) return ['amd-smi'];
  return facts.has.docker && facts.has.kfd ? ['docker', 'exec', id, 'amd-smi'] : [];
}

/** Aborts with the cause when the server ends while it is measured. */
function watchContainer(
  { containers }: EngineSite,
  id: string,
  signal: AbortSignal,
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const died = new AbortController();
  const done = new AbortController();
  const watch = async () => {
    for (;;) {
      await sleep(WATCH_MS, undefined, { signal: done.signal });
      const container = await containers.inspect(id);
      if (container === undefined) throw failure('environment', { message: 'somebody removed the container' });
      if (container.state === 'running') continue;
      const lines: string[] = [];
      for await (const line of containers.readLog(id, { tailLines: LAST_LINES, follow: false, signal: done.signal })) {
        lines.push(line);
      }
      throw blame(engineEnded(lines, container));
    }
  };
  void watch().catch((error: unknown) => {
    if (!done.signal.aborted) died.abort(error);
  });
  return { signal: AbortSignal.any([signal, died.signal]), stop: () => done.abort() };
}
