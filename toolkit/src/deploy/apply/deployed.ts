import type { Cluster, ClusterObject, KindRef } from '../../kubernetes/cluster.ts';
import type { Pod } from '../../kubernetes/resources.ts';
import { nearest } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { MANAGER } from '../deployment-plan.ts';
import { MODEL_ANNOTATION, selectorOf } from '../kubernetes/object.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import type { Trouble } from './troubles.ts';
import { loadTroubles } from './wait.ts';

/** Every kind that a deployment may consist of, in the order in which they are applied. */
const KINDS: readonly Pick<KindRef, 'apiVersion' | 'kind'>[] = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'ServingRuntime' },
  { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' },
  { apiVersion: 'aim.eai.amd.com/v1alpha1', kind: 'AIMModel' },
  { apiVersion: 'aim.eai.amd.com/v1alpha1', kind: 'AIMServiceTemplate' },
  { apiVersion: 'aim.eai.amd.com/v1alpha1', kind: 'AIMService' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
];
const INSTANCE = 'app.kubernetes.io/instance';

/** Kinds that are applied only after the model is preloaded, and whose pods make it whole by themselves. */
const SERVERS = ['Deployment', 'InferenceService', 'AIMService'];

/** An object and how far it is; undefined for kinds that have no state. */
export interface ObjectState {
  readonly object: ClusterObject;
  readonly readiness: Readiness | undefined;
}

/** What a cluster holds of one deployment. */
export interface Deployed {
  readonly name: string;
  readonly namespace: string;
  /** `org/model`; null where no object tells it. */
  readonly model: string | null;
  /** Every object with a state has the one it should have; see {@link isReady}. */
  readonly ready: boolean;
  readonly objects: readonly ObjectState[];
  readonly pods: readonly { readonly pod: Pod; readonly trouble: Trouble | undefined }[];
}

/** Objects of a deployment, in the order in which they are applied. @throws AimError usage when there is none, remote */
export async function findObjects(cluster: Cluster, namespace: string, name: string): Promise<ClusterObject[]> {
  const objects = await listObjects(cluster, namespace, selectorOf(name));
  if (objects.length > 0) return objects;
  const others = await findNames(cluster, namespace);
  const similar = nearest(name, others);
  const known = others.length === 0 ? 'There is none.' : `There are: ${others.join(', ')}.`;
  throw failure('usage', {
    message: `the namespace ${namespace} has no deployment "${name}" that aimctl made`,
    hint: similar === undefined ? `${known} Other namespaces are named with --namespace.` : `Did you mean ${similar}?`,
  });
}

/** Names of the deployments of a namespace. @throws AimError remote */
export async function findNames(cluster: Cluster, namespace: string): Promise<string[]> {
  const objects = await listObjects(cluster, namespace, `app.kubernetes.io/managed-by=${MANAGER}`);
  return [...new Set(objects.flatMap(({ metadata }) => metadata.labels?.[INSTANCE] ?? []))].sort();
}

/** How a deployment is. @throws AimError usage when there is none, remote */
export async function loadDeployed(cluster: Cluster, namespace: string, name: string): Promise<Deployed> {
  const objects = await findObjects(cluster, namespace, name);
  const selectors = [
    `${INSTANCE}=${name}`,
    `serving.kserve.io/inferenceservice=${name}`,
    `aim.eai.amd.com/service=${name}`,
  ];
  const lists = await Promise.all(
    selectors.map((labelSelector) => cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector })),
  );
  const pods = [...new Map(lists.flatMap(({ items }) => items).map((pod) => [pod.metadata.name, pod as Pod])).values()];
  const troubles = new Map((await loadTroubles(cluster, pods, namespace)).map((each) => [each.pod, each]));
  const states = objects.map((object) => ({ object, readiness: readinessOf(object) }));
  return {
    ...{ name, namespace },
    model: objects.map(({ metadata }) => metadata.annotations?.[MODEL_ANNOTATION]).find(Boolean) ?? null,
    ready: isReady(states),
    objects: states,
    pods: pods.map((pod) => ({ pod, trouble: troubles.get(pod.metadata.name) })),
  };
}

/** Whether objects serve. A preload Job that failed counts only as long as no server is there; pure. */
export function isReady(states: readonly ObjectState[]): boolean {
  const served = states.some(({ object }) => SERVERS.includes(object.kind));
  const counts = ({ object, readiness }: ObjectState) =>
    !(served && object.kind === 'Job' && readiness?.state === 'failed');
  return states.filter(counts).every(({ readiness }) => readiness === undefined || readiness.state === 'ready');
}

/** Objects of the kinds of a deployment with certain labels, in the order in which they are applied. @throws AimError remote */
export async function listObjects(
  cluster: Cluster,
  namespace: string,
  labelSelector: string,
): Promise<ClusterObject[]> {
  const lists = await Promise.all(KINDS.map((kind) => listAllowed(cluster, { ...kind, namespace, labelSelector })));
  return lists.flat();
}

/** Kinds that the caller may not look at are none that it made. */
async function listAllowed(
  cluster: Cluster,
  query: KindRef & { readonly namespace: string; readonly labelSelector: string },
): Promise<readonly ClusterObject[]> {
  try {
    return (await cluster.list(query)).items;
  } catch (error) {
    if (!(await cluster.mayI({ verb: 'list', ...query }))) return [];
    throw error;
  }
}
