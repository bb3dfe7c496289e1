import { downloadArgs } from '../environment.ts';
import { LEAVE_SECONDS, PORTS, type DeploymentPlan } from '../deployment-plan.ts';
import { renderQuantity } from './quantity.ts';
import type { Container, EnvVar, Probe, ResourceRequirements, SecurityContext } from './types.ts';
import { renderDownloadMounts, renderMounts } from './volumes.ts';

/** Resource of AMD's device plug-in. */
export const GPU_RESOURCE = 'amd.com/gpu';

const PROBE_PERIOD_SECONDS = 10;
/** A server under full load answers late. */
const PROBE_TIMEOUT_SECONDS = 10;
const LIVENESS_FAILURES = 6;
const GIB = 1024 ** 3;
/** A download keeps little in memory; what it writes is counted until it is on the disk. */
const DOWNLOAD_MEMORY = { request: 2 * GIB, limit: 8 * GIB } as const;

/** The container that serves. It has no limit of cores: throttling is felt in every token. */
export function renderServer(plan: DeploymentPlan, name: string): Container {
  return {
    name,
    image: plan.image.reference,
    imagePullPolicy: 'IfNotPresent',
    env: renderEnv(plan),
    ports: [
      { name: 'http', containerPort: PORTS.http, protocol: 'TCP' },
      { name: 'side', containerPort: PORTS.side, protocol: 'TCP' },
    ],
    resources: withDisk(plan, renderResources(plan)),
    ...probes(plan),
    lifecycle: { preStop: { exec: { command: ['sleep', String(LEAVE_SECONDS)] } } },
    securityContext: containerSecurity(),
    volumeMounts: renderMounts(plan),
  };
}

/** The container that downloads the model into the cache. */
export function renderDownload(plan: DeploymentPlan): Container {
  return {
    name: 'download',
    image: plan.image.reference,
    imagePullPolicy: 'IfNotPresent',
    args: downloadArgs(plan.profile.checkpoint),
    env: secretVariables(plan),
    resources: {
      requests: { cpu: '1', memory: renderQuantity(DOWNLOAD_MEMORY.request) },
      limits: { memory: renderQuantity(DOWNLOAD_MEMORY.limit) },
    },
    securityContext: containerSecurity(),
    volumeMounts: renderDownloadMounts(),
  };
}

/** Variables of the server, secrets by reference only. */
export function renderEnv(plan: DeploymentPlan): EnvVar[] {
  const env = Object.entries(plan.env).map(([name, value]) => ({ name, value: literal(value) }));
  // What is loaded already needs no token.
  return plan.cache.kind === 'preload' ? env : [...env, ...secretVariables(plan)];
}

/** A value that nothing is put into: `$(NAME)` is a reference, and `$$` stands for `$`. */
export function literal(value: string): string {
  return value.replaceAll('$', '$$$$');
}

/** Requests and limits of one replica. */
export function renderResources({ gpus, sizes }: DeploymentPlan): ResourceRequirements {
  const gpu = { [GPU_RESOURCE]: String(gpus.count) };
  return {
    requests: { cpu: String(sizes.cpuCores), memory: renderQuantity(sizes.memoryRequestBytes), ...gpu },
    limits: { memory: renderQuantity(sizes.memoryLimitBytes), ...gpu },
  };
}

/** A model on the node's own disk has to find room there. */
function withDisk({ cache, sizes }: DeploymentPlan, resources: ResourceRequirements): ResourceRequirements {
  if (cache.kind !== 'ephemeral' || cache.storageClass !== undefined) return resources;
  const disk = { 'ephemeral-storage': renderQuantity(sizes.cacheBytes) };
  return { ...resources, requests: { ...resources.requests, ...disk } };
}

/** Variables whose values are in Secrets. */
export function secretVariables({ secretEnv }: DeploymentPlan): EnvVar[] {
  return secretEnv.map(({ variable, secret, key }) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key } },
  }));
}

function containerSecurity(): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  };
}

/**
 * Start-up lasts as long as loading may; after that the supervisor says whether requests may come, and the engine
 * whether it lives.
 */
function probes({ sizes }: DeploymentPlan): { startupProbe: Probe; readinessProbe: Probe; livenessProbe: Probe } {
  const ready = { path: '/health/ready', port: 'side' };
  const often = { periodSeconds: PROBE_PERIOD_SECONDS, timeoutSeconds: PROBE_TIMEOUT_SECONDS };
  return {
    startupProbe: {
      httpGet: ready,
      ...often,
      failureThreshold: Math.ceil(sizes.startupSeconds / PROBE_PERIOD_SECONDS),
    },
    readinessProbe: { httpGet: ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    livenessProbe: { httpGet: { path: '/health', port: 'http' }, ...often, failureThreshold: LIVENESS_FAILURES },
  };
}
