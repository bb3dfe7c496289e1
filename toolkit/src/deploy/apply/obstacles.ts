import {
  describeObject,
  type AccessQuery,
  type Cluster,
  type ClusterObject,
  type Manifest,
} from '../../kubernetes/cluster.ts';
import type { Node } from '../../kubernetes/resources.ts';
import { GPU_RESOURCE } from '../kubernetes/container.ts';
import type { DeploymentPlan } from '../deployment-plan.ts';

/** Something that a deployment needs and a cluster lacks. */
export interface Obstacle {
  readonly message: string;
  readonly hint: string;
}

export type Needs = Pick<DeploymentPlan, 'namespace' | 'gpus' | 'secretEnv' | 'pullSecrets' | 'cache'>;

/** Labels of AMD's node labeller: today's, and the older one that counts. */
const DEVICE_LABEL = 'amd.com/gpu.device-id';
const OLD_DEVICE_LABEL = 'beta.amd.com/gpu.device-id';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
/** Server-side apply is a patch, which creates what is missing. */
const VERBS = ['create', 'patch', 'get'] as const;

/** Everything that stands in the way of these objects, as far as the caller may look. @throws AimError remote */
export async function findObstacles(
  cluster: Cluster,
  needs: Needs,
  objects: readonly Manifest[],
): Promise<readonly Obstacle[]> {
  const place = await namespaceObstacles(cluster, needs.namespace);
  if (place.length > 0) return place; // nothing else can be asked about
  const found = await Promise.all([
    kindObstacles(cluster, needs.namespace, objects),
    gpuObstacles(cluster, needs.gpus),
    secretObstacles(cluster, needs),
    storageObstacles(cluster, needs),
  ]);
  return found.flat();
}

async function namespaceObstacles(cluster: Cluster, namespace: string): Promise<Obstacle[]> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
  if (!(await cluster.mayI(access('get', ref, namespace)))) return [];
  if (await cluster.exists(ref)) return [];
  return [
    {
      message: `the cluster has no namespace "${namespace}"`,
      hint: `Create it with kubectl create namespace ${namespace}, or name another one with --namespace.`,
    },
  ];
}

async function kindObstacles(cluster: Cluster, namespace: string, objects: readonly Manifest[]): Promise<Obstacle[]> {
  const kinds = [...new Map(objects.map((each) => [`${each.apiVersion} ${each.kind}`, each])).values()];
  const found = await Promise.all(
    kinds.map(async (each): Promise<Obstacle[]> => {
      if (!(await cluster.knows(each))) return [unknownKind(each)];
      const allowed = await Promise.all(VERBS.map((verb) => cluster.mayI(access(verb, each, namespace))));
      const missing = VERBS.filter((_, index) => allowed[index] !== true);
      return missing.length === 0 ? [] : [forbidden(missing, each.kind, namespace)];
    }),
  );
  return found.flat();
}

function unknownKind({ apiVersion, kind }: Manifest): Obstacle {
  const brings = ADD_ONS.find(([group]) => apiVersion.startsWith(group))?.[1];
  return {
    message: `the cluster does not know ${kind} (${apiVersion})`,
    hint: brings === undefined ? 'Use a newer cluster.' : `Install ${brings}, or choose another --target.`,
  };
}

const ADD_ONS = [
  ['serving.kserve.io/', 'KServe'],
  ['aim.eai.amd.com/', 'the AIM operator'],
  ['keda.sh/', 'KEDA, leave out --autoscaling keda'],
  ['gateway.networking.k8s.io/', 'the Gateway API, leave out --hostname and --gateway'],
] as const;

function forbidden(verbs: readonly string[], kind: string, namespace: string): Obstacle {
  return {
    message: `you may not ${verbs.join(' and ')} ${kind} in the namespace ${namespace}`,
    hint: 'Ask whoever runs the cluster for a role there, or use another --namespace or --context.',
  };
}

/** Whether these objects may be removed. @throws AimError remote */
export async function removalObstacles(
  cluster: Cluster,
  namespace: string,
  objects: readonly Manifest[],
): Promise<Obstacle[]> {
  const found = await Promise.all(
    objects.map(async (object): Promise<Obstacle[]> => {
      if (await cluster.mayI(access('delete', object, namespace))) return [];
      return [
        {
          message: `you may not delete ${describeObject(object)}, which would no longer be part of it`,
          hint: 'Ask whoever runs the cluster for a role there, or keep it with --no-prune.',
        },
      ];
    }),
  );
  return found.flat();
}

async function gpuObstacles(cluster: Cluster, gpus: Needs['gpus']): Promise<Obstacle[]> {
  const kind = { apiVersion: 'v1', kind: 'Node' };
  if (!(await cluster.mayI(access('list', kind, '')))) return [];
  const { items } = await cluster.list(kind);
  const found = judgeNodes(items as readonly Node[], gpus);
  return found === undefined ? [] : [found];
}

/** What is wrong with the GPUs of a cluster's nodes; undefined when some node can take a replica once it is free. */
export function judgeNodes(nodes: readonly Node[], { model, count, deviceIds }: Needs['gpus']): Obstacle | undefined {
  const offering = nodes.filter((node) => gpusOf(node) > 0);
  if (offering.length === 0) {
    return {
      message: `none of the cluster's ${nodes.length} nodes offers ${GPU_RESOURCE}`,
      hint: "Install AMD's GPU operator or its device plug-in; for nodes that are started on demand use --no-check-cluster.",
    };
  }
  const labelled = offering.filter((node) => deviceIds.length === 0 || hasDevice(node, deviceIds));
  if (labelled.length === 0) {
    return {
      message: `no node with GPUs is labelled as one with ${model} (${DEVICE_LABEL} of ${deviceIds.join(' or ')})`,
      hint: "Install AMD's node labeller, or name the GPUs that are there with --gpu-model.",
    };
  }
  const most = Math.max(...labelled.map(gpusOf));
  if (most >= count) return undefined;
  return {
    message: `a replica needs ${count} GPUs, and no node with ${model} has more than ${most}`,
    hint: 'Name a profile for fewer GPUs with --profile or --gpu-count.',
  };
}

/** GPUs that a node offers to pods. */
export function gpusOf({ spec, status }: Node): number {
  return spec?.unschedulable === true ? 0 : Number(status?.allocatable?.[GPU_RESOURCE] ?? 0);
}

/** Whether a node's labels name one of these devices. */
export function hasDevice({ metadata }: ClusterObject, deviceIds: readonly string[]): boolean {
  const { labels = {} } = metadata;
  return deviceIds.some((id) => labels[DEVICE_LABEL] === id || `${OLD_DEVICE_LABEL}.${id}` in labels);
}

async function secretObstacles(
  cluster: Cluster,
  { namespace, secretEnv, pullSecrets }: Pick<Needs, 'namespace' | 'secretEnv' | 'pullSecrets'>,
): Promise<Obstacle[]> {
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  const keys = new Map(secretEnv.map(({ secret, key }) => [secret, key]));
  const names = [...new Set([...keys.keys(), ...pullSecrets])];
  if (names.length === 0 || !(await cluster.mayI(access('get', kind, namespace)))) return [];
  const there = await Promise.all(names.map((name) => cluster.exists({ ...kind, namespace, name })));
  return names
    .filter((_, index) => there[index] !== true)
    .map((name) => {
      const key = keys.get(name);
      const create =
        key === undefined
          ? `kubectl create secret docker-registry ${name} -n ${namespace}`
          : `kubectl create secret generic ${name} -n ${namespace} --from-file=${key}=FILE`;
      return { message: `the namespace ${namespace} has no secret "${name}"`, hint: `Create it: ${create}.` };
    });
}

async function storageObstacles(cluster: Cluster, { cache }: Pick<Needs, 'cache'>): Promise<Obstacle[]> {
  const kind = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };
  const claims = cache.kind === 'pvc' || cache.kind === 'preload';
  if (!claims || !(await cluster.mayI(access('list', kind, '')))) return [];
  const { items } = await cluster.list(kind);
  const names = items.map(({ metadata }) => metadata.name);
  if (cache.storageClass !== undefined) {
    if (names.includes(cache.storageClass)) return [];
    return [
      {
        message: `the cluster has no storage class "${cache.storageClass}"`,
        hint: names.length === 0 ? 'It has none at all: use --cache hostpath.' : `It has: ${names.join(', ')}.`,
      },
    ];
  }
  if (items.some(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')) return [];
  return [
    {
      message: 'the cluster has no default storage class, so that the volume for the models would wait for ever',
      hint: `Name one with --storage-class (${names.join(', ') || 'there is none'}), or use --cache hostpath or ephemeral.`,
    },
  ];
}

function access(
  verb: string,
  { apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>,
  namespace: string,
): AccessQuery {
  return { verb, apiVersion, kind, namespace };
}
