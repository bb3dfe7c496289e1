import { failure } from '../../exit-codes.ts';
import { messageOf } from 'aim-runtime/system';
import { describeObject, toRef, type Cluster, type ClusterObject } from '../../kubernetes/cluster.ts';

/** What becomes of the objects of a deployment. */
export interface RemovalPlan {
  /** In the order in which they are removed. */
  readonly removed: readonly ClusterObject[];
  readonly kept: readonly ClusterObject[];
}

/** Everything goes, last applied first, but for the models unless those too are wanted gone; pure. */
export function planRemoval(objects: readonly ClusterObject[], deleteCache: boolean): RemovalPlan {
  const isKept = ({ kind }: ClusterObject) => kind === 'PersistentVolumeClaim' && !deleteCache;
  return {
    removed: objects.filter((each) => !isKept(each)).toReversed(),
    kept: objects.filter(isKept),
  };
}

/** Removes what a plan says. @throws AimError remote or interrupted, which say what is left */
export async function removeObjects(
  cluster: Pick<Cluster, 'remove'>,
  { removed }: RemovalPlan,
  { signal, onRemoved }: { readonly signal: AbortSignal; readonly onRemoved: (object: ClusterObject) => void },
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
}
