import { setTimeout as sleep } from 'node:timers/promises';
import { AimError, messageOf } from 'aim-runtime/system';
import type { ContainerHost, ContainerSpec } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { packFile, planContainer } from './container-plan.ts';
import { findCause, type Cause } from './death.ts';
import type { DeviceAccess } from './devices.ts';
import { holdsResources, type Endpoint } from './endpoint.ts';
import type { EndpointImage } from './endpoint-image.ts';
import { findEndpoints } from './find.ts';
import type { HostGpu } from './gpus.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { LaunchRequest } from './request.ts';

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
  /** Plans anew with what is known of other endpoints and of ports that cannot be had. */
  readonly replan: (endpoints: readonly Endpoint[], refusedPorts: ReadonlySet<number>) => Promise<LaunchPlan>;
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
  let plan = first;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const id = await reserve(containers, plan, options);
    if (id !== undefined) {
      const refusal = await tryStart(containers, id);
      if (refusal === undefined) return { id, plan };
      await containers.remove(id);
      if (refusal.cause?.id !== 'port' || options.request.port !== undefined) throw refusal.error;
      refusedPorts.add(plan.facts.port);
      options.note(`port ${plan.facts.port} turned out to be taken: trying the next one`);
    }
    await sleep(attempt * RETRY_MS, undefined, { signal: options.signal });
    plan = await options.replan(await findEndpoints(containers), refusedPorts);
  }
  throw failure('environment', {
    message: 'other launches took the GPUs, the name or the port each time',
    hint: 'Launch again when they are done.',
  });
}

/** Makes the container; undefined when somebody else was earlier. */
async function reserve(
  containers: ContainerHost,
  plan: LaunchPlan,
  options: StartOptions,
): Promise<string | undefined> {
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
  if (id === undefined) return undefined;
  options.onCreated(id);
  const { profileFile } = container;
  if (profileFile !== undefined) {
    await containers.putArchive(id, '/', packFile(profileFile.path, Buffer.from(profileFile.text)));
  }
  const rival = await findRival(containers, id, plan);
  if (rival === undefined) return id;
  await containers.remove(id);
  options.note(`${rival} is being launched at the same time: choosing again`);
  return undefined;
}

/** Makes the container; undefined when somebody took its name since the endpoints were listed. */
async function create(
  containers: ContainerHost,
  spec: ContainerSpec,
  nameWanted: boolean,
): Promise<string | undefined> {
  try {
    return await containers.create(spec);
  } catch (error) {
    if (error instanceof AimError && error.code === 'check-failed' && !nameWanted) return undefined;
    throw error;
  }
}

/** The endpoint that holds the same GPUs or port and was made before this one, or runs already. */
async function findRival(containers: ContainerHost, id: string, { facts }: LaunchPlan): Promise<string | undefined> {
  const rivals = (await findEndpoints(containers)).filter(
    (other) =>
      other.id !== id &&
      holdsResources(other) &&
      (other.port === facts.port || other.gpus.some((gpu) => facts.gpus.includes(gpu))),
  );
  if (rivals.length === 0) return undefined;
  const own = await containers.inspect(id);
  for (const rival of rivals) {
    const made = await containers.inspect(rival.id);
    if (made !== undefined && (made.startedAt !== undefined || made.createdAt < (own?.createdAt ?? '')))
      return rival.name;
  }
  return undefined;
}

/** Starts it; undefined, or why Docker refused. */
async function tryStart(
  containers: ContainerHost,
  id: string,
): Promise<{ readonly cause: Cause | undefined; readonly error: unknown } | undefined> {
  try {
    await containers.start(id);
    return undefined;
  } catch (error) {
    const cause = findCause([messageOf(error)], { exitCode: 0, outOfMemory: false, startError: '' });
    if (cause === undefined) return { cause, error };
    const { code, text, hint } = cause;
    const message = `the container did not start: ${text}`;
    return { cause, error: failure(code, { message, details: [messageOf(error)], hint, cause: error }) };
  }
}
