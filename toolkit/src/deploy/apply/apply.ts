import { AimError, messageOf } from 'aim-runtime/system';
import { failure, isToolkitErrorCode } from '../../exit-codes.ts';
import { describeObject, type Cluster, type ClusterObject } from '../../kubernetes/cluster.ts';
import type { DeploymentPlan } from '../deployment-plan.ts';
import { MODEL_ANNOTATION, selectorOf, type KubernetesObject } from '../kubernetes/object.ts';
import { applyObject, tryAll, type AppliedObject, type ObjectOptions } from './apply-object.ts';
import { awaitedOf } from './awaited.ts';
import { listObjects } from './deployed.ts';
import { findObstacles, removalObstacles, type Obstacle } from './obstacles.ts';
import { planPrune, removeObjects } from './remove.ts';
import type { Trouble } from './troubles.ts';
import { waitUntilReady, type Awaited } from './wait.ts';

/** Pulling an image of tens of gigabytes, and finding a node. */
const PULL_MS = 1_800_000;
/** A slow line to the model hub. */
const DOWNLOAD_BYTES_PER_MS = (50 * 1024 ** 2) / 1000;

export interface ApplyOptions {
  /** Takes fields that others changed, and the name of a deployment of another model. */
  readonly forceConflicts: boolean;
  /** Whether what the cluster lacks stops it before anything is written. */
  readonly checkCluster: boolean;
  /** Whether objects go that the deployment consisted of before and does no more. */
  readonly prune: boolean;
  /** Whether to wait until it serves. */
  readonly wait: boolean;
  /** For each thing that is waited for; undefined: by the size of the model. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly events: ApplyEvents;
}

/** What is told while it goes on. */
export interface ApplyEvents {
  readonly onStep: (text: string) => void;
  readonly onApplied: (applied: AppliedObject) => void;
  readonly onPhase: (object: string, text: string) => void;
  readonly onTrouble: (trouble: Trouble) => void;
  readonly onWarning: (text: string) => void;
  readonly onNote: (text: string) => void;
}

/** What became of a deployment's objects. */
export interface Applied {
  readonly objects: readonly AppliedObject[];
  /** What it consisted of before and does no more. */
  readonly removed: readonly ClusterObject[];
}

interface Deployment {
  readonly plan: DeploymentPlan;
  readonly objects: readonly KubernetesObject[];
}

/**
 * Makes a cluster hold these objects, in their order, and waits until they serve. Before anything is written the
 * cluster is asked whether it has what they need and would take them.
 * @throws AimError environment, check-failed, remote or interrupted; it says what exists by then
 */
export async function applyDeployment(
  cluster: Cluster,
  deployment: Deployment,
  options: ApplyOptions,
): Promise<Applied> {
  const { plan, objects } = deployment;
  options.events.onStep(`asking the cluster ${cluster.context}`);
  await cluster.version();
  const existing = await listObjects(cluster, plan.namespace, selectorOf(plan.name));
  const stale = options.prune ? planPrune(existing, objects) : [];
  if (!options.forceConflicts) checkModel(existing, plan);
  await checkCluster(cluster, deployment, { ...options, stale });
  await tryAll(cluster, objects, options);
  const done: Done = { objects: [], removed: [] };
  try {
    await writeAll(cluster, deployment, { ...options, stale, done });
  } catch (error) {
    throw withExisting(error, done.objects, plan);
  }
  return done;
}

/** Grows while it goes on, so that an interruption can tell how far it came. */
interface Done {
  readonly objects: AppliedObject[];
  readonly removed: ClusterObject[];
}

/** What is stale holds GPUs and must not scale: it goes before the wait. Profiles go after it: old pods may restart. */
async function writeAll(
  cluster: Cluster,
  { plan, objects }: Deployment,
  options: ApplyOptions & { readonly stale: readonly ClusterObject[]; readonly done: Done },
): Promise<void> {
  const { events, signal, stale, done, wait } = options;
  const awaited: Awaited[] = [];
  const each: ObjectOptions = { ...options, onNote: events.onNote };
  for (const object of objects) {
    signal.throwIfAborted();
    const { applied, oldPods } = await applyObject(cluster, object, each);
    done.objects.push(applied);
    events.onApplied(applied);
    // Servers find the model on the volume only once the Job has filled it.
    if (object.kind === 'Job') await waitForAll(cluster, awaitedOf(object, oldPods), { ...options, plan });
    else awaited.push(...awaitedOf(object, oldPods));
  }
  const remove = async (isDue: (object: ClusterObject) => boolean) => {
    const onRemoved = (object: ClusterObject) => {
      done.removed.push(object);
      events.onNote(`removed ${describeObject(object)}, which is no longer part of it`);
    };
    await removeObjects(cluster, { removed: stale.filter(isDue) }, { signal, onRemoved, wait: false });
  };
  await remove(({ kind }) => kind !== 'ConfigMap');
  if (!wait) return;
  await waitForAll(cluster, awaited, { ...options, plan });
  await remove(({ kind }) => kind === 'ConfigMap');
}

/** @throws AimError check-failed where the name belongs to another model: default names leave its organisation out */
function checkModel(existing: readonly ClusterObject[], { name, namespace, model }: DeploymentPlan): void {
  const models = existing.flatMap(({ metadata }) => metadata.annotations?.[MODEL_ANNOTATION] ?? []);
  const other = models.find((each) => each !== model);
  if (other === undefined) return;
  throw failure('check-failed', {
    message: `nothing was deployed: the deployment "${name}" in the namespace ${namespace} is of ${other}, not of ${model}`,
    hint: 'Give another --name, or make it one of this model with --force-conflicts.',
  });
}

/** @throws AimError environment with everything that is missing at once */
async function checkCluster(
  cluster: Cluster,
  { plan, objects }: Deployment,
  { checkCluster: check, events, stale }: ApplyOptions & { readonly stale: readonly ClusterObject[] },
): Promise<void> {
  const obstacles = [
    ...(await findObstacles(cluster, plan, objects)),
    ...(await removalObstacles(cluster, plan.namespace, stale)),
  ];
  const [first] = obstacles;
  if (first === undefined) return;
  if (check) throw obstructed(first, obstacles);
  for (const { message } of obstacles) events.onWarning(message);
}

function obstructed(first: Obstacle, all: readonly Obstacle[]): Error {
  const more = all.slice(1);
  return failure('environment', {
    message: `nothing was deployed: ${first.message}`,
    hint: first.hint,
    details: more.map(({ message, hint }) => `${message}. ${hint}`),
  });
}

async function waitForAll(
  cluster: Cluster,
  awaited: readonly Awaited[],
  { plan, timeoutMs, signal, events }: ApplyOptions & Pick<Deployment, 'plan'>,
): Promise<void> {
  const { cacheBytes, startupSeconds } = plan.sizes;
  for (const wanted of awaited) {
    const { kind, name } = wanted;
    const usualMs = kind === 'Job' ? cacheBytes / DOWNLOAD_BYTES_PER_MS : startupSeconds * 1000;
    await waitUntilReady(cluster, wanted, {
      ...{ signal, onTrouble: events.onTrouble },
      timeoutMs: timeoutMs ?? Math.round(usualMs + PULL_MS),
      onPhase: (text) => events.onPhase(describeObject({ kind, metadata: { name } }), text),
    });
  }
}

/** The same failure, with what the cluster holds by now. */
function withExisting(error: unknown, applied: readonly AppliedObject[], { name, namespace }: DeploymentPlan): unknown {
  if (!isAimError(error) || !isToolkitErrorCode(error.code)) return error;
  const cleanUp = `aimctl deploy delete ${name} --namespace ${namespace}`;
  const exists = applied.map(
    ({ kind, name: each, outcome }) => `${describeObject({ kind, metadata: { name: each } })} (${outcome})`,
  );
  return failure(error.code, {
    message: messageOf(error),
    details: [
      ...error.details,
      applied.length === 0 ? 'Nothing was written to the cluster.' : `The cluster holds now: ${exists.join(', ')}.`,
    ],
    hint: [error.hint, applied.length === 0 ? undefined : `Deploy again to go on, or remove it with ${cleanUp}.`]
      .filter(Boolean)
      .join(' '),
    cause: error,
  });
}

function isAimError(error: unknown): error is AimError {
  return error instanceof AimError;
}
