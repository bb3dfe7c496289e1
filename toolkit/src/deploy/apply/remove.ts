import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { describeObject, toRef, type Cluster, type ClusterObject, type Manifest } from '../../kubernetes/cluster.ts';
import { GRACE_SECONDS } from '../deployment-plan.ts';
import { readinessOf } from './readiness.ts';

const POLL_MS = 1_000;
const GONE_MS = (GRACE_SECONDS + 150) * 1000;

/** What becomes of the objects of a deployment. */
export interface RemovalPlan {
  /** In the order in which they are removed. */
  readonly removed: readonly ClusterObject[];
  readonly kept: readonly ClusterObject[];
}

/**
 * Everything goes, last applied first, but for the models unless those too are wanted gone; pure. What others made of
 * the objects goes with them.
 */
export function planRemoval(objects: readonly ClusterObject[], deleteCache: boolean): RemovalPlan {
  const isKept = ({ kind }: ClusterObject) => kind === 'PersistentVolumeClaim' && !deleteCache;
  const own = objects.filter((each) => !isOwned(each));
  return {
    removed: own.filter((each) => !isKept(each)).toReversed(),
    kept: own.filter(isKept),
  };
}

/**
 * Objects of an earlier state of a deployment that are none of its objects now, last applied first; pure. Volumes stay
 * for the models on them, and Jobs that ended for their logs.
 */
export function planPrune(existing: readonly ClusterObject[], objects: readonly Manifest[]): readonly ClusterObject[] {
  const wanted = new Set(objects.map(describeObject));
  const isKept = (each: ClusterObject) =>
    each.kind === 'PersistentVolumeClaim' || (each.kind === 'Job' && readinessOf(each)?.state !== 'waiting');
  return existing
    .filter((each) => !wanted.has(describeObject(each)) && !isOwned(each) && !isKept(each) && !isDying(each))
    .toReversed();
}

/** Whether a controller made it of another object: KServe and KEDA copy labels to what they make. */
function isOwned({ metadata }: ClusterObject): boolean {
  const { ownerReferences = [] } = metadata as { readonly ownerReferences?: readonly unknown[] };
  return ownerReferences.length > 0;
}

/** Whether an object is being removed: something holds it back until its end is prepared. */
export function isDying({ metadata }: ClusterObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/**
 * Waits until an object that is being removed is gone, or another one has its name. @throws AimError check-failed,
 * remote, or the reason of the signal
 */
export async function waitUntilGone(
  cluster: Pick<Cluster, 'get'>,
  object: ClusterObject,
  { timeoutMs = GONE_MS, pollMs = POLL_MS, signal }: GoneOptions,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const there = await cluster.get(toRef(object));
    if (there === undefined || there.metadata.uid !== object.metadata.uid) return;
    if (performance.now() > end) throw notGone(object, timeoutMs);
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

export interface GoneOptions {
  /** Undefined: as long as pods may take to end, and some more. */
  readonly timeoutMs?: number | undefined;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
}

function notGone(object: ClusterObject, timeoutMs: number): Error {
  return failure('check-failed', {
    message: `${describeObject(object)} is still being removed after ${Math.round(timeoutMs / 1000)} s`,
    hint: 'See metadata.finalizers with kubectl get -o yaml for what holds it back, then run the same command again.',
  });
}

/** Removes what a plan says. @throws AimError check-failed, remote or interrupted, which say what is left */
export async function removeObjects(
  cluster: Pick<Cluster, 'get' | 'remove'>,
  { removed }: Pick<RemovalPlan, 'removed'>,
  { signal, onRemoved, wait }: RemovalOptions,
): Promise<void> {
  for (const [index, object] of removed.entries()) {
    try {
      signal.throwIfAborted();
      await cluster.remove(toRef(object));
    } catch (error) {
      const left = removed.slice(index).map(describeObject).join(', ');
      throw failure(signal.aborted ? 'interrupted' : 'remote', {
        message: `${signal.aborted ? 'interrupted' : messageOf(error)}; these are still there: ${left}`,
        hint: 'Run the same command again to go on.',
        cause: error,
      });
    }
    onRemoved(object);
  }
  if (wait) await Promise.all(removed.map((object) => waitUntilGone(cluster, object, { signal })));
}

export interface RemovalOptions {
  readonly signal: AbortSignal;
  readonly onRemoved: (object: ClusterObject) => void;
  /** Whether to wait until nothing holds the objects back any more. */
  readonly wait: boolean;
}
