/** One kind as discovery names it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const row = (apiVersion: string, kind: string, plural: string, namespaced = true): ServedKind => ({
  ...{ apiVersion, kind, plural, namespaced },
});

/** What every cluster has. */
export const BUILT_IN: readonly ServedKind[] = [
  row('v1', 'Namespace', 'namespaces', false),
  row('v1', 'Node', 'nodes', false),
  row('v1', 'Pod', 'pods'),
  row('v1', 'Event', 'events'),
  row('v1', 'Secret', 'secrets'),
  row('v1', 'ConfigMap', 'configmaps'),
  row('v1', 'Service', 'services'),
  row('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  row('apps/v1', 'Deployment', 'deployments'),
  row('batch/v1', 'Job', 'jobs'),
  row('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  row('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  row('storage.k8s.io/v1', 'StorageClass', 'storageclasses', false),
];

/** What some clusters have. */
export const ADD_ONS: Readonly<Record<'kserve' | 'keda' | 'gateway' | 'aim', readonly ServedKind[]>> = {
  kserve: [
    row('serving.kserve.io/v1alpha1', 'ServingRuntime', 'servingruntimes'),
    row('serving.kserve.io/v1beta1', 'InferenceService', 'inferenceservices'),
  ],
  keda: [row('keda.sh/v1alpha1', 'ScaledObject', 'scaledobjects')],
  gateway: [row('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes')],
  aim: [
    row('aim.eai.amd.com/v1alpha1', 'AIMModel', 'aimmodels'),
    row('aim.eai.amd.com/v1alpha1', 'AIMServiceTemplate', 'aimservicetemplates'),
    row('aim.eai.amd.com/v1alpha1', 'AIMService', 'aimservices'),
  ],
};
