import { Flags } from '@oclif/core';
import { ENGINES, METRICS, PRECISIONS } from 'aim-runtime/profile';
import { ACCESS_MODES, AUTOSCALERS, CACHE_KINDS, DEPLOY_TARGETS } from '../deploy/request.ts';
import { profilesFlag } from './profile-flags.ts';

/** Where something is deployed. */
export const placeFlags = {
  namespace: Flags.string({
    char: 'n',
    helpValue: 'NAME',
    description: 'Namespace of the cluster; default is that of the context, and default for what is only written.',
    env: 'AIMCTL_NAMESPACE',
  }),
  context: Flags.string({
    helpValue: 'NAME',
    description: "Context of kubectl's configuration; default is the current one.",
    env: 'AIMCTL_KUBE_CONTEXT',
  }),
};

/** How a deployment is brought to a cluster. */
const applyFlags = {
  apply: Flags.boolean({
    default: false,
    description: 'Bring it to the cluster and wait until it serves.',
    exclusive: ['output'],
    env: 'AIMCTL_APPLY',
  }),
  'force-conflicts': Flags.boolean({
    default: false,
    description: 'Take back fields that others changed since, and a name that belongs to another model.',
    dependsOn: ['apply'],
    env: 'AIMCTL_FORCE_CONFLICTS',
  }),
  'check-cluster': Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Refuse what the cluster lacks GPUs, secrets, volumes or permissions for.',
    env: 'AIMCTL_CHECK_CLUSTER',
  }),
  prune: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Remove what the deployment consisted of before and does no more; volumes stay.',
    env: 'AIMCTL_PRUNE',
  }),
  wait: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Wait until it serves.',
    env: 'AIMCTL_WAIT',
  }),
  timeout: Flags.integer({
    helpValue: 'SECONDS',
    min: 1,
    description: 'Time to become ready; default is by the size of the model, and 30 minutes for the image.',
    env: 'AIMCTL_TIMEOUT',
  }),
};

const workloadFlags = {
  target: Flags.option({
    options: DEPLOY_TARGETS,
    required: true,
    description: 'What to write it for.',
    env: 'AIMCTL_TARGET',
  })(),
  name: Flags.string({
    helpValue: 'NAME',
    description: "Name of the deployment; default is made of the model's.",
    env: 'AIMCTL_NAME',
  }),
  replicas: Flags.integer({ min: 1, default: 1, description: 'How many serve.', env: 'AIMCTL_REPLICAS' }),
  autoscaling: Flags.option({
    options: AUTOSCALERS,
    default: 'none',
    description: 'What decides about the replicas by the requests that run and wait.',
    env: 'AIMCTL_AUTOSCALING',
  })(),
  'min-replicas': Flags.integer({ min: 1, default: 1, description: 'Least replicas.', env: 'AIMCTL_MIN_REPLICAS' }),
  'max-replicas': Flags.integer({ min: 1, description: 'Most replicas.', env: 'AIMCTL_MAX_REPLICAS' }),
  'prometheus-url': Flags.string({
    helpValue: 'URL',
    default: 'http://prometheus-operated.monitoring.svc:9090',
    description: 'Prometheus that KEDA asks.',
    env: 'AIMCTL_PROMETHEUS_URL',
  }),
  'priority-class': Flags.string({
    helpValue: 'NAME',
    description: 'PriorityClass of the pods.',
    env: 'AIMCTL_PRIORITY_CLASS',
  }),
};

const servingFlags = {
  'gpu-model': Flags.string({ helpValue: 'MODEL', description: 'GPU, for example MI300X.', env: 'AIMCTL_GPU_MODEL' }),
  'gpu-count': Flags.integer({ min: 1, max: 8, description: 'GPUs of each replica.', env: 'AIMCTL_DEPLOY_GPU_COUNT' }),
  precision: Flags.option({ options: PRECISIONS, description: 'Number format.', env: 'AIMCTL_PRECISION' })(),
  metric: Flags.option({
    options: METRICS,
    default: 'latency',
    description: 'What to be tuned for.',
    env: 'AIMCTL_METRIC',
  })(),
  engine: Flags.option({ options: ENGINES, default: 'vllm', description: 'Engine to start.', env: 'AIMCTL_ENGINE' })(),
  profile: Flags.string({
    helpValue: 'ID|FILE',
    description: 'Profile to serve with; default is the best for what was asked.',
    env: 'AIMCTL_PROFILE',
  }),
  ...profilesFlag,
  'check-fit': Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Refuse what the memory estimate says does not fit.',
    env: 'AIMCTL_CHECK_FIT',
  }),
  'engine-args': Flags.string({
    helpValue: 'JSON',
    description: "Engine arguments on top of the profile's.",
    env: 'AIMCTL_ENGINE_ARGS',
  }),
  env: Flags.string({
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Variable for the server; may be repeated. Secrets are refused.',
    env: 'AIMCTL_ENV',
  }),
};

const cacheFlags = {
  cache: Flags.option({
    options: CACHE_KINDS,
    default: 'pvc',
    description:
      'Where models are kept: a volume, a folder of the node, nowhere, or a volume that is filled while no GPU waits.',
    env: 'AIMCTL_DEPLOY_CACHE',
  })(),
  'cache-size': Flags.string({
    helpValue: 'SIZE',
    description: 'Size of the volume, for example 500Gi; default is by the size of the model.',
    env: 'AIMCTL_CACHE_SIZE',
  }),
  'cache-path': Flags.string({
    helpValue: 'DIR',
    default: '/var/lib/aim/models',
    description: 'Folder of the node for --cache hostpath.',
    env: 'AIMCTL_CACHE_PATH',
  }),
  'storage-class': Flags.string({
    helpValue: 'NAME',
    description: "StorageClass of the volume; default is the cluster's.",
    env: 'AIMCTL_STORAGE_CLASS',
  }),
  'access-mode': Flags.option({
    options: ACCESS_MODES,
    description: 'Nodes that may mount the volume; several replicas need ReadWriteMany.',
    env: 'AIMCTL_ACCESS_MODE',
  })(),
};

const accessFlags = {
  image: Flags.string({ helpValue: 'REFERENCE', description: 'Image to serve with.', env: 'AIMCTL_IMAGE' }),
  registry: Flags.string({
    helpValue: 'HOST[/NAMESPACE]',
    description: "Where the model's own image is.",
    env: 'AIMCTL_REGISTRY',
  }),
  pin: Flags.boolean({
    default: false,
    description: 'Ask the registry for the digest of the image and name it by that.',
    env: 'AIMCTL_PIN',
  }),
  insecure: Flags.boolean({
    default: false,
    description: 'Allow plain HTTP to the registry with --pin; on this machine it is allowed anyway.',
    env: 'AIMCTL_INSECURE',
  }),
  'pull-secret': Flags.string({
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
    description: 'Secret by which nodes pull the image; may be repeated.',
    env: 'AIMCTL_PULL_SECRET',
  }),
  'hf-secret': Flags.string({
    helpValue: 'NAME[:KEY]',
    description: 'Secret that holds the token of the model hub; the key is "token" unless it is said.',
    env: 'AIMCTL_HF_SECRET',
  }),
  'device-groups': Flags.string({
    helpValue: 'GID[,GID]',
    default: '44,109,110,992',
    description: 'Groups of the nodes that may open /dev/kfd and /dev/dri; usual ones of video and render.',
    env: 'AIMCTL_DEVICE_GROUPS',
  }),
  hostname: Flags.string({
    helpValue: 'HOST',
    description: 'Host name of an HTTPRoute to the model.',
    env: 'AIMCTL_HOSTNAME',
  }),
  gateway: Flags.string({
    helpValue: '[NAMESPACE/]NAME',
    description: 'Gateway that the route belongs to.',
    env: 'AIMCTL_GATEWAY',
  }),
};

/** Flags of `aimctl deploy`. */
export const deployFlags = {
  ...workloadFlags,
  ...placeFlags,
  ...applyFlags,
  ...servingFlags,
  ...cacheFlags,
  ...accessFlags,
  output: Flags.string({
    char: 'o',
    helpValue: 'DIR',
    default: '-',
    description: 'Folder to write to; - prints the files.',
    env: 'AIMCTL_OUTPUT',
  }),
  force: Flags.boolean({ default: false, description: 'Replace files with another content.', env: 'AIMCTL_FORCE' }),
};
