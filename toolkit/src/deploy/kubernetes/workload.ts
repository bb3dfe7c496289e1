import { createHash } from 'node:crypto';
import { PORTS, type DeploymentPlan } from '../deployment-plan.ts';
import { objectLabels, objectMetadata, selectorLabels, type KubernetesObject } from './object.ts';
import { renderDownloadPodSpec, renderPodSpec } from './pod.ts';
import type { Deployment, Job, PodDisruptionBudget, Service } from './types.ts';

/** Pulling an image of tens of gigabytes is no part of the start of its container. */
const PULL_SECONDS = 1800;
const JOB_RETRIES = 4;
/** A finished Job stays for a while to be looked at. */
const JOB_KEPT_SECONDS = 86_400;
/** GPUs are scarce: a new replica takes the place of an old one. */
export const ROLLOUT = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } as const;

/** The Deployment of the servers. Without a fixed number of replicas where an autoscaler decides. */
export function renderDeployment(plan: DeploymentPlan): Deployment & KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: objectMetadata(plan),
    spec: {
      ...(plan.autoscaling === undefined ? { replicas: plan.replicas } : {}),
      progressDeadlineSeconds: plan.sizes.startupSeconds + PULL_SECONDS,
      strategy: ROLLOUT,
      selector: { matchLabels: selectorLabels(plan, 'server') },
      template: {
        metadata: { labels: objectLabels(plan), annotations: podAnnotations() },
        spec: renderPodSpec(plan),
      },
    },
  };
}

/** The Job that fills the claim; undefined where nothing is preloaded. Pods of a Job cannot change: its name follows them. */
export function renderPreloadJob(plan: DeploymentPlan): (Job & KubernetesObject) | undefined {
  if (plan.cache.kind !== 'preload') return undefined;
  const spec = renderDownloadPodSpec(plan);
  const version = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: objectMetadata(plan, `${plan.name}-preload-${version}`, 'preload'),
    spec: {
      backoffLimit: JOB_RETRIES,
      ttlSecondsAfterFinished: JOB_KEPT_SECONDS,
      template: { metadata: { labels: objectLabels(plan, 'preload') }, spec },
    },
  };
}

/** One address for all replicas. */
export function renderService(plan: DeploymentPlan): Service & KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(plan),
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(plan, 'server'),
      ports: [{ name: 'http', port: PORTS.http, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    },
  };
}

/** Nodes are drained one replica at a time; with a single one they can be drained too. */
export function renderDisruptionBudget(plan: DeploymentPlan): PodDisruptionBudget & KubernetesObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: objectMetadata(plan),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(plan, 'server') } },
  };
}

/** Where Prometheus finds the engine's metrics. */
export function podAnnotations(): Record<string, string> {
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(PORTS.http),
    'prometheus.io/path': '/metrics',
  };
}
