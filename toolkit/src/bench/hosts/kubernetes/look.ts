import { readinessOf } from '../../../deploy/apply/readiness.ts';
import { findTrouble, type Trouble } from '../../../deploy/apply/troubles.ts';
import { loadTroubles } from '../../../deploy/apply/wait.ts';
import type { Cluster, ClusterObject, ObjectRef } from '../../../kubernetes/cluster.ts';
import { isForbidden } from '../../../kubernetes/refusals.ts';
import type { Pod } from '../../../kubernetes/resources.ts';
import { RUN_LABEL } from './job.ts';

/** The Job of a point as the cluster holds it. */
export interface PlacedJob {
  readonly ref: ObjectRef;
  /** Tells it from a Job that had its name before. */
  readonly uid: string;
  /** Run that it belongs to. */
  readonly run: string;
}

/** What a cluster holds of a point. */
export interface Looked {
  /** The newest pod of the Job. */
  readonly pod: Pod | undefined;
  /** Why no other pod comes; undefined while one may. */
  readonly ended: string | undefined;
  /** Whether other Jobs of the run hold nodes, which become free again. */
  readonly othersPlaced: boolean;
}

/** Looks at a Job and the pods of its run. @throws AimError remote */
export async function lookAt(cluster: Pick<Cluster, 'get' | 'list'>, job: PlacedJob): Promise<Looked> {
  const { namespace = '' } = job.ref;
  const object = await cluster.get(job.ref);
  const labelSelector = `${RUN_LABEL}=${job.run}`;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
  return judgePods(object, items as readonly Pod[], job.uid);
}

/** What an object, the Job of this unique id or none, and the pods of a run say of a point; pure. */
export function judgePods(object: ClusterObject | undefined, pods: readonly Pod[], uid: string): Looked {
  const isOwn = ({ metadata }: Pod) => metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
  const newest = pods
    .filter((pod) => isOwn(pod) && pod.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => bornAt(b).localeCompare(bornAt(a)))[0];
  const othersPlaced = pods.some((pod) => !isOwn(pod) && holdsNode(pod));
  if (object?.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined) {
    return { pod: undefined, ended: 'somebody removed it', othersPlaced };
  }
  const readiness = readinessOf(object);
  return {
    pod: newest,
    ended: readiness?.state === 'waiting' ? undefined : (readiness?.text ?? 'it ended'),
    othersPlaced,
  };
}

function bornAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
}

/** A pod that is being removed holds its GPUs to its end. */
function holdsNode({ spec, status }: Pod): boolean {
  return spec?.nodeName !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** What is wrong with a pod; events and volumes are asked where the caller may read them. @throws AimError remote */
export async function loadTrouble(cluster: Cluster, pod: Pod, namespace: string): Promise<Trouble | undefined> {
  try {
    return (await loadTroubles(cluster, [pod], namespace))[0];
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return findTrouble(pod, { events: [], claims: [], nowMs: Date.now() });
  }
}
