import { AimError, messageOf } from 'aim-runtime/system';
import { failure, isToolkitErrorCode } from '../../exit-codes.ts';
import { describeObject, toRef, type Cluster, type FieldConflict, type Manifest } from '../../kubernetes/cluster.ts';
import type { DeploymentPlan } from '../deployment-plan.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { findObstacles, type Obstacle } from './obstacles.ts';
import { WORKLOADS } from './readiness.ts';
import type { Trouble } from './troubles.ts';
import { waitUntilReady, type Awaited } from './wait.ts';

/** Pulling an image of tens of gigabytes, and finding a node. */
const PULL_MS = 1_800_000;
/** A slow line to the model hub. */
const DOWNLOAD_BYTES_PER_MS = (50 * 1024 ** 2) / 1000;

export interface ApplyOptions {
  /** Takes fields that others changed. */
  readonly forceConflicts: boolean;
  /** Whether what the cluster lacks stops it before anything is written. */
  readonly checkCluster: boolean;
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
}

export interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
}

/**
 * Makes a cluster hold these objects, in their order, and waits until they serve. Before anything is written the
 * cluster is asked whether it has what they need and would take them.
 * @throws AimError environment, check-failed, remote or interrupted; it says what exists by then
 */
export async function applyDeployment(
  cluster: Cluster,
  { plan, objects }: { readonly plan: DeploymentPlan; readonly objects: readonly KubernetesObject[] },
  options: ApplyOptions,
): Promise<readonly AppliedObject[]> {
  const { events, signal } = options;
  events.onStep(`asking the cluster ${cluster.context}`);
  await cluster.version();
  await checkCluster(cluster, { plan, objects }, options);
  await tryAll(cluster, objects, options);
  const applied: AppliedObject[] = [];
  try {
    for (const object of objects) {
      signal.throwIfAborted();
      const one = await applyOne(cluster, { plan, object }, options);
      applied.push(one.applied);
      events.onApplied(one.applied);
      if (isAwaited(object) && (options.wait || object.kind === 'Job')) {
        await waitFor(cluster, { plan, object, oldPods: one.oldPods }, options);
      }
    }
  } catch (error) {
    throw withExisting(error, applied, plan);
  }
  return applied;
}

/** @throws AimError environment with everything that is missing at once */
async function checkCluster(
  cluster: Cluster,
  { plan, objects }: { readonly plan: DeploymentPlan; readonly objects: readonly KubernetesObject[] },
  { checkCluster: check, events }: ApplyOptions,
): Promise<void> {
  const obstacles = await findObstacles(cluster, plan, objects);
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

/** Lets the server check every object without writing it. @throws AimError check-failed for conflicts, remote */
async function tryAll(
  cluster: Cluster,
  objects: readonly Manifest[],
  { forceConflicts: force }: ApplyOptions,
): Promise<void> {
  for (const object of objects) {
    const outcome = await cluster.apply(object, { force, dryRun: true });
    if (outcome.kind === 'conflict') throw conflicting(object, outcome.conflicts, 'nothing was deployed');
  }
}

function conflicting(object: Manifest, conflicts: readonly FieldConflict[], state: string): Error {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].join(' and ');
  return failure('check-failed', {
    message: `${state}: ${managers} changed ${describeObject(object)} since it was deployed`,
    details: conflicts.map(({ manager, field }) => `${field} belongs to ${manager}`),
    hint: `Make the same change here, or take the fields back with --force-conflicts.`,
  });
}

async function applyOne(
  cluster: Cluster,
  { object }: { readonly plan: DeploymentPlan; readonly object: KubernetesObject },
  { forceConflicts: force }: ApplyOptions,
): Promise<{ readonly applied: AppliedObject; readonly oldPods: ReadonlySet<string> }> {
  const { apiVersion, kind, metadata } = object;
  const before = await cluster.get(toRef(object));
  const pods = isAwaited(object) && before !== undefined ? await cluster.list(podsOf(object)) : { items: [] };
  const outcome = await cluster.apply(object, { force, dryRun: false });
  if (outcome.kind === 'conflict') throw conflicting(object, outcome.conflicts, 'the deployment is incomplete');
  const same = before?.metadata.resourceVersion === outcome.object.metadata.resourceVersion;
  const state = before === undefined ? 'created' : same ? 'unchanged' : 'configured';
  return {
    applied: { apiVersion, kind, name: metadata.name, outcome: state },
    oldPods: new Set(state === 'configured' ? pods.items.flatMap((pod) => pod.metadata.uid ?? []) : []),
  };
}

function isAwaited({ kind }: Manifest): boolean {
  return (WORKLOADS as readonly string[]).includes(kind);
}

function podsOf(object: KubernetesObject) {
  const { namespace } = object.metadata;
  return { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: podSelector(object) };
}

/** Label selector of the pods that an object leads to. */
export function podSelector({ kind, metadata: { name } }: KubernetesObject): string {
  switch (kind) {
    case 'Job':
      return `job-name=${name}`;
    case 'InferenceService':
      return `serving.kserve.io/inferenceservice=${name}`;
    case 'AIMService':
      return `aim.eai.amd.com/service=${name}`;
    default:
      return `app.kubernetes.io/instance=${name},app.kubernetes.io/component=server`;
  }
}

async function waitFor(
  cluster: Cluster,
  {
    plan,
    object,
    oldPods,
  }: { readonly plan: DeploymentPlan; readonly object: KubernetesObject; readonly oldPods: ReadonlySet<string> },
  { timeoutMs, signal, events }: ApplyOptions,
): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const wanted: Awaited = { apiVersion, kind, namespace, name, pods: podSelector(object), oldPods };
  const { startupSeconds, cacheBytes } = plan.sizes;
  const usualMs = kind === 'Job' ? cacheBytes / DOWNLOAD_BYTES_PER_MS : startupSeconds * 1000;
  await waitUntilReady(cluster, wanted, {
    ...{ signal, onTrouble: events.onTrouble },
    timeoutMs: timeoutMs ?? Math.round(usualMs + PULL_MS),
    onPhase: (text) => events.onPhase(describeObject(object), text),
  });
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
