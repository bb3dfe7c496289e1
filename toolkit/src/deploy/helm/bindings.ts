/** A value of a chart that a user may set. */
export interface Binding {
  /** Kind of object; undefined for any. */
  readonly kind?: string;
  /** Keys down to the value; `*` stands for any key or index. */
  readonly path: readonly string[];
  /** Place in values.yaml. */
  readonly value: readonly string[];
  /** JSON Schema of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const POD = ['spec', 'template', 'spec'] as const;
const TEXT = { type: 'string', minLength: 1 };
const COUNT = { type: 'integer', minimum: 1 };
const COUNT_OR_NONE = { type: 'integer', minimum: 0 };
const QUANTITY = { type: 'string', pattern: '^[0-9]+(Mi|Gi|Ti)$' };
const OBJECT = { type: 'object' };
const OBJECTS = { type: 'array', items: { type: 'object' } };

/** Every value of a chart. Where an object has no such path the chart has no such value. */
export const BINDINGS: readonly Binding[] = [
  { path: [...POD, 'containers', '*', 'image'], value: ['image'], schema: TEXT },
  { path: [...POD, 'initContainers', '*', 'image'], value: ['image'], schema: TEXT },
  { path: [...POD, 'imagePullSecrets'], value: ['imagePullSecrets'], schema: OBJECTS },
  { kind: 'Deployment', path: ['spec', 'replicas'], value: ['replicas'], schema: COUNT_OR_NONE },
  { kind: 'Deployment', path: [...POD, 'containers', '*', 'resources'], value: ['resources'], schema: OBJECT },
  { path: [...POD, 'affinity'], value: ['affinity'], schema: OBJECT },
  { path: [...POD, 'tolerations'], value: ['tolerations'], schema: OBJECTS },
  {
    path: [...POD, 'securityContext', 'supplementalGroups'],
    value: ['deviceGroups'],
    schema: { type: 'array', items: { type: 'integer', minimum: 0 } },
  },
  { path: [...POD, 'priorityClassName'], value: ['priorityClassName'], schema: TEXT },
  {
    path: [...POD, '*', '*', 'env', '*', 'valueFrom', 'secretKeyRef', 'name'],
    value: ['hfSecret', 'name'],
    schema: TEXT,
  },
  {
    path: [...POD, '*', '*', 'env', '*', 'valueFrom', 'secretKeyRef', 'key'],
    value: ['hfSecret', 'key'],
    schema: TEXT,
  },
  {
    kind: 'PersistentVolumeClaim',
    path: ['spec', 'resources', 'requests', 'storage'],
    value: ['cache', 'size'],
    schema: QUANTITY,
  },
  {
    kind: 'PersistentVolumeClaim',
    path: ['spec', 'accessModes', '*'],
    value: ['cache', 'accessMode'],
    schema: { enum: ['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod'] },
  },
  {
    kind: 'PersistentVolumeClaim',
    path: ['spec', 'storageClassName'],
    value: ['cache', 'storageClass'],
    schema: TEXT,
  },
  { kind: 'ScaledObject', path: ['spec', 'minReplicaCount'], value: ['autoscaling', 'minReplicas'], schema: COUNT },
  { kind: 'ScaledObject', path: ['spec', 'maxReplicaCount'], value: ['autoscaling', 'maxReplicas'], schema: COUNT },
  {
    kind: 'ScaledObject',
    path: ['spec', 'triggers', '*', 'metadata', 'serverAddress'],
    value: ['autoscaling', 'prometheusUrl'],
    schema: TEXT,
  },
  {
    kind: 'HorizontalPodAutoscaler',
    path: ['spec', 'minReplicas'],
    value: ['autoscaling', 'minReplicas'],
    schema: COUNT,
  },
  {
    kind: 'HorizontalPodAutoscaler',
    path: ['spec', 'maxReplicas'],
    value: ['autoscaling', 'maxReplicas'],
    schema: COUNT,
  },
  { kind: 'HTTPRoute', path: ['spec', 'hostnames', '*'], value: ['route', 'hostname'], schema: TEXT },
  { kind: 'HTTPRoute', path: ['spec', 'parentRefs', '*', 'name'], value: ['route', 'gateway'], schema: TEXT },
  {
    kind: 'HTTPRoute',
    path: ['spec', 'parentRefs', '*', 'namespace'],
    value: ['route', 'gatewayNamespace'],
    schema: TEXT,
  },
];

/** The binding of a value at a path of an object of a kind. */
export function findBinding(kind: string, path: readonly string[]): Binding | undefined {
  return BINDINGS.find(
    (each) =>
      (each.kind === undefined || each.kind === kind) &&
      each.path.length === path.length &&
      each.path.every((key, index) => key === '*' || key === path[index]),
  );
}
