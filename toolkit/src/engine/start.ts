import { setTimeout as sleep } from 'node:timers/promises';
import { AimError } from 'aim-runtime/system';
import type { ContainerHost, ContainerSpec } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { packFile, planContainer } from './container-plan.ts';
import type { DeviceAccess } from './devices.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointImage } from './endpoint-image.ts';
import { findEndpoints } from './find.ts';
import type { HostGpu } from './gpus.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { LaunchRequest } from './request.ts';
import { findFirstMade, findFirstStarted } from './rivals.ts';
import { runContainer } from './run-container.ts';

/** What of the engine's host containers are given. */
export interface HostSettings {
  /** Device nodes of these GPUs, and who may open them. */
  readonly findAccess: (gpus: readonly HostGpu[]) => DeviceAccess | Promise<DeviceAccess>;
  /** Makes a folder that every user may write to; one that is there is left as it is. @throws AimError environment */
  readonly ensureFolder: (folder: string) => void | Promise<void>;
  /** Variables that are passed on, such as HF_TOKEN. */
  readonly passedEnv: Readonly<Record<string, string>>;
  /** `uid:gid` of who runs this program; undefined for root, whose containers use the image's own user. */
  readonly user: string | undefined;
}

export interface StartOptions {
  readonly request: LaunchRequest;
  readonly image: EndpointImage;
  readonly host: HostSettings;
  /** Plans anew with what is known of other endpoints and of ports and names that cannot be had. */
  readonly replan: (
    endpoints: readonly Endpoint[],
    refusedPorts: ReadonlySet<number>,
    refusedNames: ReadonlySet<string>,
  ) => Promise<LaunchPlan>;
  readonly signal: AbortSignal;
  /** Told as soon as there is something to remove. */
  readonly onCreated: (id: string) => void;
  readonly note: (text: string) => void;
}

/** A container that was started, and the plan it was made by. */
export interface Started {
  readonly id: string;
  readonly plan: LaunchPlan;
}

/** Launches at the same time disturb each other a few times at most. */
const MOST_ATTEMPTS = 12;
/** Docker reserves a name some time before it lists the container: each attempt waits longer for that. */
const RETRY_MS = 100;

/**
 * Makes and starts the container of a plan. What it needs is reserved by making it: when another launch made one for
 * the same GPUs or the same port at the same time, the later one plans anew. @throws AimError
 */
export async function startContainer(
  containers: ContainerHost,
  first: LaunchPlan,
  options: StartOptions,
): Promise<Started> {
  const refusedPorts = new Set<number>();
  const refusedNames = new Set<string>();
  let plan = first;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const result = await tryPlan(containers, plan, options);
    if ('id' in result) return { id: result.id, plan };
    if (result.obstacle === 'port') refusedPorts.add(plan.facts.port);
    if (result.obstacle === 'name') refusedNames.add(plan.name);
    options.note(result.note);
    await sleep(attempt * RETRY_MS, undefined, { signal: options.signal });
    plan = await options.replan(await findEndpoints(containers), refusedPorts, refusedNames);
  }
  throw failure('environment', {
    message: 'other launches took the GPUs, the name or the port each time',
    hint: 'Launch again when they are done.',
  });
}

/** The container that was made, or what another one has that the plan needs. */
type Outcome = { readonly id: string } | { readonly obstacle: 'name' | 'port' | 'rival'; readonly note: string };

/** Makes and starts the container of a plan; nothing of it is left when another one was earlier. */
async function tryPlan(containers: ContainerHost, plan: LaunchPlan, options: StartOptions): Promise<Outcome> {
  const made = await reserve(containers, plan, options);
  if (!('id' in made)) return made;
  const claim = { ...plan.facts, id: made.id };
  const giveWay = async (rival: string): Promise<Outcome> => {
    await containers.remove(made.id);
    return { obstacle: 'rival', note: `${rival} is being launched at the same time: choosing again` };
  };
  const earlier = await findFirstMade(containers, claim);
  if (earlier !== undefined) return giveWay(earlier);
  const refusal = await runContainer(containers, made.id);
  if (refusal !== undefined) {
    await containers.remove(made.id);
    if (refusal.cause?.id !== 'port' || options.request.port !== undefined) throw refusal.error;
    return { obstacle: 'port', note: `port ${plan.facts.port} turned out to be taken: trying the next one` };
  }
  const first = await findFirstStarted(containers, claim);
  return first === undefined ? made : giveWay(first);
}

/** Makes the container, with its profile in it. */
async function reserve(containers: ContainerHost, plan: LaunchPlan, options: StartOptions): Promise<Outcome> {
  const { request, image, host } = options;
  const container = planContainer({
    name: plan.name,
    facts: plan.facts,
    choice: plan.choice,
    image,
    devices: await host.findAccess(plan.choice.gpus),
    cacheDir: request.cacheDir,
    hostEnv: host.passedEnv,
    userEnv: request.env,
    user: host.user,
  });
  await host.ensureFolder(request.cacheDir);
  const id = await create(containers, container.spec, request.name !== undefined);
  if (id === undefined)
    return { obstacle: 'name', note: `there is a container ${plan.name} already: choosing another name` };
  options.onCreated(id);
  const { profileFile } = container;
  if (profileFile !== undefined) {
    await containers.putArchive(id, '/', packFile(profileFile.path, Buffer.from(profileFile.text)));
  }
  return { id };
}

/** Makes the container; undefined when its name is taken and another one will do. @throws AimError usage */
async function create(
  containers: ContainerHost,
  spec: ContainerSpec,
  nameWanted: boolean,
): Promise<string | undefined> {
  try {
    return await containers.create(spec);
  } catch (error) {
    if (!(error instanceof AimError) || error.code !== 'check-failed') throw error;
    if (!nameWanted) return undefined;
    const hint = 'Choose another --name; docker ps --all shows whose this one is.';
    throw failure('usage', { message: `there is a container ${spec.name} already`, hint, cause: error });
  }
}
