import { randomBytes } from 'node:crypto';
import type { Hardware } from 'aim-runtime/gpu';
import type { EngineEvent } from '../../docker/engine.ts';
import type { Endpoint } from '../../engine/endpoint.ts';
import { findEndpoints } from '../../engine/find.ts';
import { ensureImage, type EndpointImage } from '../../engine/endpoint-image.ts';
import { planLaunch, type LaunchPlan } from '../../engine/launch-plan.ts';
import type { LaunchRequest, ModelProfiles } from '../../engine/request.ts';
import { startContainer } from '../../engine/start.ts';
import { failure } from '../../exit-codes.ts';
import { AIM_ID_LABEL } from '../../images/labels.ts';
import type { BenchHost, ServerRequest } from '../host.ts';
import type { EngineSite } from './engine-site.ts';
import { selectFree, waitForFreeGpus } from './free-gpus.ts';
import { createRunningServer } from './running-server.ts';

/** What servers are started from. */
export interface DockerHostDeps {
  readonly site: EngineSite;
  /** The profiles a model may be served with, the named one among them. */
  readonly loadProfiles: (
    wanted: Pick<LaunchRequest, 'model' | 'profile' | 'recipe' | 'metric'>,
  ) => Promise<ModelProfiles>;
  /** The model that a profile's file is for, if it names one. */
  readonly readModel: (profile: string) => string | undefined;
  readonly registry: string | undefined;
  /** Version of this program. */
  readonly version: string;
  /** Folder of the machine with the models; undefined for its own default. */
  readonly cacheDir: string | undefined;
  readonly gpuTimeoutMs: number;
  readonly onPull: (event: EngineEvent) => void;
  readonly note: (text: string) => void;
}

/** Servers as containers of a machine's Docker Engine. */
export function createDockerHost(deps: DockerHostDeps): BenchHost {
  const { site } = deps;
  const look = async () => {
    const [hardware, endpoints] = await Promise.all([site.agent.ask('hardware', null), findEndpoints(site.containers)]);
    return { ...hardware, endpoints };
  };
  return {
    name: site.machine.name,
    capacity: async (gpuCount) => {
      const { gpus, endpoints } = await look();
      return Math.floor(selectFree(gpus, endpoints).length / Math.max(1, gpuCount));
    },
    start: async (request, onPhase, signal) => {
      onPhase('preparing');
      const prepared = await prepare(deps, request, signal);
      const gpuCount = prepared.launch.gpuCount ?? 1;
      await waitForFreeGpus(look, { gpuCount, timeoutMs: deps.gpuTimeoutMs, signal, onPhase });
      onPhase('starting the container');
      return startServer(deps, { ...prepared, hardware: await look(), signal, onPhase });
    },
    close: async () => {
      await site.close();
      await site.machine.close();
    },
  };
}

interface Prepared {
  readonly model: ModelProfiles;
  readonly image: EndpointImage;
  readonly digest: string | null;
  readonly launch: LaunchRequest;
}

/** The image, which is pulled where it is missing, and what is to be launched. */
async function prepare(deps: DockerHostDeps, request: ServerRequest, signal: AbortSignal): Promise<Prepared> {
  const { site, registry, version } = deps;
  const engine = await site.connectImages();
  const options = { signal, onEvent: deps.onPull };
  const labelled = async () =>
    request.image === undefined ? undefined : (await engine.inspectImage(request.image))?.labels[AIM_ID_LABEL];
  let id = request.model ?? (request.profile && deps.readModel(request.profile)) ?? (await labelled());
  if (id === undefined && request.image !== undefined && (await engine.inspectImage(request.image)) === undefined) {
    await engine.pullImage(request.image, options);
    id = await labelled();
  }
  if (id === undefined || id === '') throw unknownModel(request);
  const wanted = { model: id, requested: request.image, registry, version };
  const image = await ensureImage(engine, wanted, options);
  const details = await engine.inspectImage(image.reference);
  const model = await deps.loadProfiles({ model: id, profile: request.profile, recipe: undefined, metric: 'latency' });
  return {
    ...{ model, image },
    digest: details?.repoDigests[0]?.split('@')[1] ?? details?.id ?? null,
    launch: toLaunch(deps, request, model),
  };
}

function toLaunch(deps: DockerHostDeps, request: ServerRequest, { model, named }: ModelProfiles): LaunchRequest {
  return {
    model,
    gpuCount: request.gpuCount === 0 ? named?.metadata.gpuCount : request.gpuCount,
    ...{ precision: named?.metadata.precision, backend: named?.metadata.engine ?? 'vllm', metric: 'latency' },
    ...{ port: undefined, address: '127.0.0.1', gpus: undefined, engineArgs: {} },
    ...{ image: request.image, registry: deps.registry, profile: request.profile, recipe: undefined },
    name: `aim-bench-${randomBytes(5).toString('hex')}`,
    cacheDir: deps.cacheDir ?? deps.site.facts.cacheDir,
    ...{ env: request.env, timeoutMs: request.readyTimeoutMs, test: false, detach: false },
  };
}

interface Starting extends Prepared {
  readonly hardware: Hardware;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

async function startServer(deps: DockerHostDeps, parts: Starting): ReturnType<BenchHost['start']> {
  const { launch, model, image, digest, hardware, signal, onPhase } = parts;
  const { containers, settings } = deps.site;
  const replan = (endpoints: readonly Endpoint[], refusedPorts: ReadonlySet<number>) => {
    const { gpus, warnings } = hardware;
    // A profile that was named gets GPUs by the rule for benchmarks; without one the planner chooses among free ones.
    const free = model.named === undefined ? undefined : selectFree(gpus, endpoints).map(({ id }) => id);
    return planLaunch({ ...launch, gpus: free }, { model, gpus, warnings, endpoints, tried: undefined, refusedPorts });
  };
  const created = new Set<string>();
  try {
    const first: LaunchPlan = await replan(await findEndpoints(containers), new Set());
    const onCreated = (id: string) => void created.add(id);
    const options = { request: launch, image, host: settings, signal, replan, onCreated, note: deps.note };
    const started = await startContainer(containers, first, options);
    const { timeoutMs } = launch;
    return await createRunningServer(deps.site, { ...started, image, digest }, { timeoutMs, signal, onPhase });
  } catch (error) {
    for (const id of created) await containers.remove(id).catch(() => undefined); // else its agent does
    signal.throwIfAborted();
    throw error;
  }
}

function unknownModel({ image, profile }: ServerRequest): Error {
  const from = [profile && `the profile ${profile}`, image && `the image ${image}`].filter(Boolean).join(' nor ');
  return failure('usage', {
    message: from === '' ? 'it is not known what to serve' : `neither ${from} says which model to serve`,
    hint: 'Name one with --model ORG/MODEL, or give a --profile or a model --image that does.',
  });
}
