import { failure } from '../../exit-codes.ts';
import {
  describeObject,
  toRef,
  type Cluster,
  type ClusterObject,
  type FieldConflict,
  type Manifest,
} from '../../kubernetes/cluster.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { isAwaited, loadPodIds } from './awaited.ts';
import { readinessOf } from './readiness.ts';
import { isDying, waitUntilGone } from './remove.ts';

export interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
}

export interface ObjectOptions {
  /** Takes fields that others changed. */
  readonly forceConflicts: boolean;
  /** For what has to be gone first; undefined: as long as pods may take to end. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}

/** Lets the server check every object without writing it. @throws AimError check-failed for conflicts, remote */
export async function tryAll(
  cluster: Pick<Cluster, 'apply'>,
  objects: readonly Manifest[],
  { forceConflicts: force }: Pick<ObjectOptions, 'forceConflicts'>,
): Promise<void> {
  for (const object of objects) {
    const outcome = await cluster.apply(object, { force, dryRun: true });
    if (outcome.kind === 'conflict') throw conflicting(object, outcome.conflicts, 'nothing was deployed');
  }
}

/**
 * Makes a cluster hold an object. One that is being removed is waited for, and a Job that failed is removed first, since
 * it would never run again. Returns the unique ids of pods of an earlier state too.
 * @throws AimError check-failed, remote or interrupted
 */
export async function applyObject(
  cluster: Pick<Cluster, 'apply' | 'get' | 'list' | 'remove'>,
  object: KubernetesObject,
  options: ObjectOptions,
): Promise<{ readonly applied: AppliedObject; readonly oldPods: ReadonlySet<string> }> {
  const { apiVersion, kind, metadata } = object;
  const pods = isAwaited(object) ? await loadPodIds(cluster, object) : [];
  const before = await loadStanding(cluster, object, options);
  const outcome = await cluster.apply(object, { force: options.forceConflicts, dryRun: false });
  if (outcome.kind === 'conflict') throw conflicting(object, outcome.conflicts, 'the deployment is incomplete');
  const same = before?.metadata.resourceVersion === outcome.object.metadata.resourceVersion;
  const state = before === undefined ? 'created' : same ? 'unchanged' : 'configured';
  return {
    applied: { apiVersion, kind, name: metadata.name, outcome: state },
    oldPods: new Set(state === 'unchanged' ? [] : pods),
  };
}

/** The object as the cluster holds it, if it can be gone on with; undefined when there is none, or none any more. */
async function loadStanding(
  cluster: Pick<Cluster, 'get' | 'remove'>,
  object: Manifest,
  { timeoutMs, signal, onNote }: ObjectOptions,
): Promise<ClusterObject | undefined> {
  const there = await cluster.get(toRef(object));
  if (there === undefined) return undefined;
  if (isDying(there)) {
    onNote(`${describeObject(object)} is being removed: waiting until it is gone`);
  } else if (there.kind === 'Job' && readinessOf(there)?.state === 'failed') {
    onNote(`removed ${describeObject(object)}, which failed, to run it again`);
    await cluster.remove(toRef(object));
  } else {
    return there;
  }
  await waitUntilGone(cluster, there, { timeoutMs, signal });
  return undefined;
}

function conflicting(object: Manifest, conflicts: readonly FieldConflict[], state: string): Error {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].join(' and ');
  return failure('check-failed', {
    message: `${state}: ${managers} changed ${describeObject(object)} since it was deployed`,
    details: conflicts.map(({ manager, field }) => `${field} belongs to ${manager}`),
    hint: `Make the same change here, or take the fields back with --force-conflicts.`,
  });
}
