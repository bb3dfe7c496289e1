import type { ClusterObject } from '../../kubernetes/cluster.ts';
import { findCondition, type Workload } from '../../kubernetes/resources.ts';

/** How far a workload is. */
export interface Readiness {
  readonly state: 'ready' | 'waiting' | 'failed';
  /** `1 of 2 replicas are ready`. */
  readonly text: string;
}

/** Objects that become ready, after which a deployment serves. */
export const WORKLOADS = ['Deployment', 'InferenceService', 'AIMService', 'Job'] as const;

/** How far an object is; undefined for kinds that have no state. */
export function readinessOf(object: ClusterObject): Readiness | undefined {
  const workload: Workload = object as Workload;
  switch (object.kind) {
    case 'Deployment':
      return deploymentReadiness(workload);
    case 'Job':
      return jobReadiness(workload);
    case 'InferenceService':
      return conditionReadiness(workload);
    case 'AIMService':
      return serviceReadiness(workload);
    case 'PersistentVolumeClaim': {
      const phase = workload.status?.phase ?? 'Pending';
      return {
        state: phase === 'Bound' ? 'ready' : phase === 'Lost' ? 'failed' : 'waiting',
        text: phase.toLowerCase(),
      };
    }
    default:
      return undefined;
  }
}

function deploymentReadiness({ metadata, spec, status = {} }: Workload): Readiness {
  const wanted = spec?.replicas ?? 1;
  const stuck = findCondition({ status }, 'Progressing', 'False');
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 1);
  const available = seen ? Math.min(status.availableReplicas ?? 0, status.updatedReplicas ?? 0) : 0;
  const text = `${available} of ${wanted} replicas are ready`;
  if (seen && available >= wanted && (status.replicas ?? 0) <= wanted) return { state: 'ready', text };
  if (seen && stuck !== undefined) return { state: 'failed', text: `${text}: ${stuck.message ?? 'no progress'}` };
  return { state: 'waiting', text };
}

function jobReadiness({ status }: Workload): Readiness {
  const state = { status: status ?? {} };
  if (findCondition(state, 'Complete') !== undefined) return { state: 'ready', text: 'complete' };
  const failed = findCondition(state, 'Failed');
  if (failed === undefined) return { state: 'waiting', text: 'running' };
  return { state: 'failed', text: failed.message ?? failed.reason ?? 'failed' };
}

/** What the operator says of an earlier state does not count. */
function serviceReadiness(workload: Workload): Readiness {
  const { metadata, status } = workload;
  const { generation = 1 } = metadata;
  if ((status?.observedGeneration ?? generation) >= generation) return conditionReadiness(workload);
  return { state: 'waiting', text: 'the operator has not seen the change yet' };
}

/** InferenceServices tell a generation as seen that is another object's: theirs says nothing of their own change. */
function conditionReadiness({ status }: Workload): Readiness {
  const state = { status: status ?? {} };
  if (findCondition(state, 'Ready') !== undefined) return { state: 'ready', text: 'ready' };
  const why = findCondition(state, 'Ready', 'False') ?? findCondition(state, 'Failure');
  const said = why?.message ?? why?.reason;
  return {
    state: status?.status === 'Failed' ? 'failed' : 'waiting',
    text: said ?? 'not ready yet',
  };
}
