import { GRACE_SECONDS, IMAGE_USER, type DeploymentPlan } from '../deployment-plan.ts';
import { GPU_RESOURCE, renderDownload, renderServer } from './container.ts';
import type { Affinity, Container, LocalObjectReference, PodSecurityContext, PodSpec } from './types.ts';
import { renderVolumes } from './volumes.ts';

/** Labels of AMD's node labeller: today's, and the older one that counts. */
const DEVICE_LABEL = 'amd.com/gpu.device-id';
const OLD_DEVICE_LABEL = 'beta.amd.com/gpu.device-id';

/** The server's pods. */
export function renderPodSpec(plan: DeploymentPlan): PodSpec {
  return {
    ...renderPodSettings(plan),
    ...renderPlacement(plan),
    imagePullSecrets: pullSecrets(plan),
    ...renderDownloadFirst(plan),
    containers: [renderServer(plan, 'server')],
    volumes: renderVolumes(plan),
  };
}

/** Settings of a pod that a serving runtime of KServe cannot hold. */
export function renderPodSettings(plan: DeploymentPlan) {
  return {
    securityContext: podSecurity(plan),
    // They may call nobody, and variables such as VLLM_PORT, made of a Service's name, would mislead the engine.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    ...(plan.priorityClass === undefined ? {} : { priorityClassName: plan.priorityClass }),
  } satisfies Partial<PodSpec>;
}

/** Nodes with the right GPUs, whose taints are no obstacle. */
export function renderPlacement(plan: DeploymentPlan) {
  return {
    ...(plan.gpus.deviceIds.length === 0 ? {} : { affinity: affinity(plan.gpus.deviceIds) }),
    tolerations: [{ key: GPU_RESOURCE, operator: 'Exists', effect: 'NoSchedule' }],
  } satisfies Partial<PodSpec>;
}

/** A container that makes the model whole before the server starts; done at once when a Job has been here. */
export function renderDownloadFirst(plan: DeploymentPlan): { initContainers?: Container[] } {
  return plan.cache.kind === 'preload' ? { initContainers: [renderDownload(plan)] } : {};
}

/** Pods of the Job that downloads: on the same nodes, where the volume can be mounted later, but without a GPU. */
export function renderDownloadPodSpec(plan: DeploymentPlan): PodSpec {
  return {
    ...renderPodSettings(plan),
    ...renderPlacement(plan),
    restartPolicy: 'OnFailure',
    imagePullSecrets: pullSecrets(plan),
    containers: [renderDownload(plan)],
    volumes: renderVolumes(plan, 'preload'),
  };
}

/** Secrets by which nodes pull the image. */
export function pullSecrets(plan: DeploymentPlan): LocalObjectReference[] {
  return plan.pullSecrets.map((name) => ({ name }));
}

/** Groups open the GPU's devices; the image's own group owns the volumes. */
function podSecurity({ deviceGroups }: DeploymentPlan): PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: IMAGE_USER,
    runAsGroup: IMAGE_USER,
    fsGroup: IMAGE_USER,
    fsGroupChangePolicy: 'OnRootMismatch',
    supplementalGroups: [...deviceGroups],
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Any of the model's device ids, as either label tells it. */
function affinity(deviceIds: readonly string[]): Affinity {
  const today = { key: DEVICE_LABEL, operator: 'In', values: [...deviceIds] };
  const older = deviceIds.map((id) => ({ key: `${OLD_DEVICE_LABEL}.${id}`, operator: 'Exists' }));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [today, ...older].map((expression) => ({ matchExpressions: [expression] })),
      },
    },
  };
}
