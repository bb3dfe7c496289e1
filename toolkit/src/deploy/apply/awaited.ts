import type { Cluster, ClusterObject } from '../../kubernetes/cluster.ts';
import { PODS_VERSION, predictorName, type InferenceService } from '../kserve.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { WORKLOADS } from './readiness.ts';
import type { Awaited } from './wait.ts';

/** Whether an object becomes ready, rather than being so at once. */
export function isAwaited({ kind }: KubernetesObject): boolean {
  return (WORKLOADS as readonly string[]).includes(kind);
}

/**
 * What has to become ready, one after the other, before an applied object serves; pure. None for kinds that need not.
 * An InferenceService alone does not do: it stays ready while KServe has not taken a change over.
 */
export function awaitedOf(object: KubernetesObject, oldPods: ReadonlySet<string>): Awaited[] {
  if (!isAwaited(object)) return [];
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const own: Awaited = { apiVersion, kind, namespace, name, pods: podSelector(object), oldPods };
  if (!isInferenceService(object)) return [own];
  const isCurrent = (deployment: ClusterObject) => isServed(deployment, object);
  return [own, { ...own, apiVersion: 'apps/v1', kind: 'Deployment', name: predictorName(name), isCurrent }];
}

/** Unique ids of the pods that an object leads to now. @throws AimError remote */
export async function loadPodIds(cluster: Pick<Cluster, 'list'>, object: KubernetesObject): Promise<string[]> {
  const { namespace } = object.metadata;
  const { items } = await cluster.list({
    ...{ apiVersion: 'v1', kind: 'Pod', namespace },
    labelSelector: podSelector(object),
  });
  return items.flatMap(({ metadata }) => metadata.uid ?? []);
}

function podSelector({ kind, metadata: { name } }: KubernetesObject): string {
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

function isInferenceService(object: KubernetesObject): object is InferenceService {
  return object.kind === 'InferenceService';
}

/** Whether KServe has made its Deployment of this very InferenceService. */
function isServed({ spec }: ClusterObject, { metadata, spec: { predictor } }: InferenceService): boolean {
  const deployment = (spec ?? {}) as PredictorSpec;
  const scaled = metadata.annotations?.['serving.kserve.io/autoscalerClass'] !== 'none';
  return (
    deployment.template?.metadata?.annotations?.[PODS_VERSION] === predictor.annotations[PODS_VERSION] &&
    (scaled || deployment.replicas === predictor.minReplicas)
  );
}

interface PredictorSpec {
  readonly replicas?: number;
  readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
}
