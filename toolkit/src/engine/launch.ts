import type { Hardware } from 'aim-runtime/gpu';
import type { Profile } from 'aim-runtime/profile';
import type { ContainerHost } from '../docker/containers.ts';
import type { ContainerEngine, EngineEvent } from '../docker/engine.ts';
import type { Choice } from './choices.ts';
import { ensureImage, type EndpointImage } from './endpoint-image.ts';
import { urlsOf, type Endpoint } from './endpoint.ts';
import { findEndpoints } from './find.ts';
import { findApiKey } from './api-key.ts';
import { testInference, type InferenceTest } from './inference.ts';
import { planLaunch, roomierChoices, type LaunchPlan } from './launch-plan.ts';
import { createPhaseRunner, type LaunchEvents, type Phase, type PhaseRunner } from './phases.ts';
import { waitUntilReady } from './readiness.ts';
import { describePlan, describeTest } from './describe.ts';
import type { LaunchRequest, ModelProfiles } from './request.ts';
import { startContainer, type HostSettings } from './start.ts';

export interface LaunchDeps {
  readonly containers: ContainerHost;
  /** The engine for images; only asked for when one is needed. */
  readonly connectImages: () => Promise<ContainerEngine>;
  readonly detectHardware: () => Hardware;
  readonly loadProfiles: (request: LaunchRequest) => Promise<ModelProfiles>;
  readonly host: HostSettings;
  /** Version of this program. */
  readonly version: string;
  readonly signal: AbortSignal;
  readonly events: LaunchEvents;
  readonly nowMs: () => number;
  /** Told what a pull is doing. */
  readonly onPull: (event: EngineEvent) => void;
}

/** A launched endpoint. */
export interface LaunchResult {
  readonly name: string;
  readonly model: string;
  /** Where it answers. */
  readonly url: string;
  readonly port: number;
  /** `started` under --detach: nobody waited for the engine. */
  readonly state: 'ready' | 'started';
  readonly image: string;
  readonly containerId: string;
  readonly profile: Pick<Profile, 'id' | 'layer'>;
  readonly backend: string;
  readonly precision: string;
  readonly metric: string;
  readonly gpuModel: string;
  readonly gpus: readonly string[];
  readonly test: InferenceTest | null;
  /** How number of GPUs and precision came about, and what a person should know. */
  readonly notes: readonly string[];
  /** What was preferred but is not possible. */
  readonly rejected: readonly string[];
  readonly elapsedMs: Readonly<Partial<Record<Phase, number>>>;
}

/** Deploys a model on this host; on any failure and on an interrupt nothing of it is left. @throws AimError */
export async function launch(request: LaunchRequest, deps: LaunchDeps): Promise<LaunchResult> {
  const steps = createPhaseRunner(deps.events, deps.nowMs);
  const model = await steps.run(
    'input',
    () => deps.loadProfiles(request),
    (found) => `${found.model}, ${found.profiles.length} profiles to choose from`,
  );
  for (const note of model.notes) deps.events.note(note);
  const { hardware, endpoints } = await steps.run(
    'detection',
    async () => ({ hardware: deps.detectHardware(), endpoints: await findEndpoints(deps.containers) }),
    (found) => `${found.hardware.gpus.length} GPUs (${found.hardware.source}), ${found.endpoints.length} endpoints`,
  );
  for (let tried: Choice | undefined; ;) {
    const result = await attempt({ request, deps, steps, model, hardware, endpoints, tried });
    if ('name' in result) return result;
    ({ tried } = result);
  }
}

interface Attempt {
  readonly request: LaunchRequest;
  readonly deps: LaunchDeps;
  readonly steps: PhaseRunner;
  readonly model: ModelProfiles;
  readonly hardware: Hardware;
  readonly endpoints: readonly Endpoint[];
  /** A choice whose memory was not enough. */
  readonly tried: Choice | undefined;
}

/** Phases 3 to 8 with one choice; a choice that turned out too large for its GPUs is handed back to try another. */
async function attempt(parts: Attempt): Promise<LaunchResult | { readonly tried: Choice }> {
  const { containers, events, signal } = parts.deps;
  const created = new Set<string>();
  try {
    const running = await start(parts, (id) => created.add(id));
    const result = await serve(parts, running);
    if ('name' in result) {
      created.clear();
      return result;
    }
    const { plan } = running;
    const { cause, error } = result.ended;
    if (cause?.id !== 'gpu-memory' || roomierChoices(plan.plan, plan.choice).length === 0) throw error;
    events.note(`${describePlan(plan)}: ${cause.text}; trying the next choice`);
    return { tried: plan.choice };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    for (const id of created) await containers.remove(id);
  }
}

/** Plans and starts the container. */
async function start(parts: Attempt, onCreated: (id: string) => void): Promise<Running> {
  const { request, deps, steps, model, hardware, tried } = parts;
  const { containers, events, signal } = deps;
  const replan = (
    endpoints: readonly Endpoint[],
    refusedPorts: ReadonlySet<number>,
    refusedNames: ReadonlySet<string> = new Set(),
  ) => {
    const { gpus, warnings } = hardware;
    return planLaunch(request, { model, gpus, warnings, endpoints, tried, refusedPorts, refusedNames });
  };
  const first = await steps.run('selection', () => replan(parts.endpoints, new Set()), describePlan);
  for (const note of [...first.plan.rejected, ...first.choice.notes]) events.note(note);
  await steps.run(
    'configuration',
    () => Promise.resolve(first),
    ({ name, facts }) => `${name}, port ${facts.port}, model cache ${request.cacheDir}`,
  );
  const provide = async () => {
    const { image: requested, registry } = request;
    const wanted = { model: model.model, requested, registry, version: deps.version };
    const image = await ensureImage(await deps.connectImages(), wanted, { signal, onEvent: deps.onPull });
    signal.throwIfAborted();
    const options = { request, image, host: deps.host, signal, replan, onCreated, note: events.note };
    return { image, ...(await startContainer(containers, first, options)) };
  };
  events.progress('container', 'starting');
  return steps.run('container', provide, ({ image, id }) => `${image.reference} as ${id.slice(0, 12)}`);
}

interface Running {
  readonly id: string;
  readonly plan: LaunchPlan;
  readonly image: EndpointImage;
}

/** Readiness, test and success of a container that was started. */
async function serve(
  { request, deps, steps, model }: Attempt,
  { id, plan, image }: Running,
): Promise<LaunchResult | Extract<Awaited<ReturnType<typeof waitUntilReady>>, { ended: unknown }>> {
  const { containers, events, signal } = deps;
  const { facts, name, choice } = plan;
  const urls = ({ addresses }: { readonly addresses: readonly string[] }) =>
    urlsOf({ ...facts, id, name, image: image.reference, addresses });
  let url = urls({ addresses: [] })[0] ?? '';
  let test: InferenceTest | null = null;
  if (!request.detach) {
    const onActivity = (text: string) => events.progress('readiness', text);
    const watch = { id, urls, timeoutMs: request.timeoutMs, signal, onActivity, onLine: events.logLine };
    const ready = await steps.run(
      'readiness',
      () => waitUntilReady(containers, watch),
      (found) => ('url' in found ? `healthy at ${found.url}` : 'the engine ended'),
    );
    if ('ended' in ready) return ready;
    url = ready.url;
    if (request.test) {
      const apiKey = findApiKey(request.env, choice);
      events.progress('test', 'asking');
      test = await steps.run('test', () => testInference(ready.url, { signal, apiKey }), describeTest);
    }
  }
  const { id: profileId, layer } = choice.profile;
  const { backend, precision, metric, gpuModel, gpus, port } = facts;
  return steps.run(
    'success',
    async () => {
      // Nobody knows yet whether a detached engine can start: Docker must not try for ever.
      if (!request.detach) await containers.keepRunning(id);
      return {
        ...{ name, model: model.model, url, port, image: image.reference, containerId: id },
        state: request.detach ? ('started' as const) : ('ready' as const),
        ...{ profile: { id: profileId, layer }, backend, precision, metric, gpuModel, gpus, test },
        notes: [...model.notes, ...plan.plan.decisions, ...choice.notes],
        rejected: plan.plan.rejected,
        elapsedMs: steps.elapsedMs,
      };
    },
    () => `${name} serves ${model.model} at ${url}`,
  );
}
