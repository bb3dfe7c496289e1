import { failure } from '../exit-codes.ts';
import type { DeploymentPlan, PlannedAutoscaling } from './deployment-plan.ts';
import { objectMetadata, type KubernetesObject } from './kubernetes/object.ts';
import { literal, renderResources, secretVariables } from './kubernetes/container.ts';
import { pullSecrets } from './kubernetes/pod.ts';
import type { EnvVar, LocalObjectReference, ResourceRequirements } from './kubernetes/types.ts';

const API = 'aim.eai.amd.com/v1alpha1';

/** An image in the operator's terms; it reads the image's labels. Fields as of the operator's version 0.2. */
export interface AimModel extends KubernetesObject {
  readonly apiVersion: typeof API;
  readonly kind: 'AIMModel';
  readonly spec: {
    readonly image: string;
    readonly env?: readonly EnvVar[];
    readonly imagePullSecrets?: readonly LocalObjectReference[];
  };
}

/** A profile of the image. The operator runs the image's `dry-run` with it. */
export interface AimServiceTemplate extends KubernetesObject {
  readonly apiVersion: typeof API;
  readonly kind: 'AIMServiceTemplate';
  readonly spec: {
    readonly modelName: string;
    readonly metric: string;
    readonly precision?: string;
    readonly hardware: { readonly gpu: { readonly model: string; readonly requests: number } };
    readonly profileId: string;
    readonly env?: readonly EnvVar[];
    readonly imagePullSecrets?: readonly LocalObjectReference[];
  };
}

/** That it is served, and how often. */
export interface AimService extends KubernetesObject {
  readonly apiVersion: typeof API;
  readonly kind: 'AIMService';
  readonly spec: {
    readonly model: { readonly name: string };
    readonly template: { readonly name: string };
    readonly replicas?: number;
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly autoScaling?: { readonly metrics: readonly OperatorMetric[] };
    readonly caching: { readonly mode: 'Always' | 'Never' };
    readonly storage?: { readonly defaultStorageClassName: string };
    readonly routing?: {
      readonly enabled: boolean;
      readonly gatewayRef: { readonly name: string; readonly namespace?: string };
    };
    readonly resources: ResourceRequirements;
    readonly env?: readonly EnvVar[];
    readonly imagePullSecrets?: readonly LocalObjectReference[];
  };
}

interface OperatorMetric {
  readonly type: 'PodMetric';
  readonly podmetric: {
    readonly metric: {
      readonly backend: 'opentelemetry';
      readonly metricNames: readonly string[];
      readonly query: string;
      readonly operationOverTime: 'avg';
    };
    readonly target: { readonly type: 'AverageValue'; readonly averageValue: string };
  };
}

/** The operator's list of precisions is shorter than ours; the profile's id decides anyway. */
const PRECISIONS = new Set(['bf16', 'fp16', 'fp8', 'int8']);

/** The operator's objects in the order in which they are applied. @throws AimError usage for what it cannot serve */
export function renderAimOperator(plan: DeploymentPlan): KubernetesObject[] {
  if (plan.image.kind === 'base' || plan.profile.file !== undefined) {
    throw failure('usage', {
      message: 'the AIM operator serves images of a model with profiles that they hold',
      hint: `Build one with aimctl build-model ${plan.model}, or choose --target kserve or kubernetes.`,
    });
  }
  return [renderModel(plan), renderTemplate(plan), renderService(plan)];
}

function renderModel(plan: DeploymentPlan): AimModel {
  return {
    apiVersion: API,
    kind: 'AIMModel',
    metadata: objectMetadata(plan),
    spec: { image: plan.image.reference, ...access(plan) },
  };
}

function renderTemplate(plan: DeploymentPlan): AimServiceTemplate {
  const { profile, gpus } = plan;
  return {
    apiVersion: API,
    kind: 'AIMServiceTemplate',
    metadata: objectMetadata(plan),
    spec: {
      modelName: plan.name,
      metric: profile.metric,
      ...(PRECISIONS.has(profile.precision) ? { precision: profile.precision } : {}),
      hardware: { gpu: { model: gpus.model, requests: gpus.count } },
      profileId: profile.id,
      ...access(plan),
    },
  };
}

/** Variables that the operator sets by itself, such as the profile and the cache, are left to it. */
function renderService(plan: DeploymentPlan): AimService {
  const { autoscaling, replicas, cache, route } = plan;
  return {
    apiVersion: API,
    kind: 'AIMService',
    metadata: objectMetadata(plan),
    spec: {
      model: { name: plan.name },
      template: { name: plan.name },
      ...(autoscaling === undefined ? { replicas } : renderScaling(autoscaling)),
      // Names that every version of the operator knows: newer ones call them Shared and Dedicated.
      caching: { mode: cache.kind === 'ephemeral' ? 'Never' : 'Always' },
      ...(cache.storageClass === undefined ? {} : { storage: { defaultStorageClassName: cache.storageClass } }),
      ...(route === undefined ? {} : { routing: { enabled: true, gatewayRef: withoutUndefined(route.gateway) } }),
      resources: renderResources(plan),
      ...access(plan, plan.userEnv),
    },
  };
}

function renderScaling({ minReplicas, maxReplicas, triggers }: PlannedAutoscaling) {
  const metrics = triggers.map(({ metric, perReplica }) => ({
    type: 'PodMetric' as const,
    podmetric: {
      metric: {
        backend: 'opentelemetry' as const,
        metricNames: [metric],
        query: metric,
        operationOverTime: 'avg' as const,
      },
      target: { type: 'AverageValue' as const, averageValue: String(perReplica) },
    },
  }));
  return { minReplicas, maxReplicas, autoScaling: { metrics } };
}

function access(plan: DeploymentPlan, variables: DeploymentPlan['userEnv'] = {}) {
  const env = [
    ...Object.entries(variables).map(([name, value]) => ({ name, value: literal(value) })),
    ...secretVariables(plan),
  ];
  const imagePullSecrets = pullSecrets(plan);
  return {
    ...(env.length === 0 ? {} : { env }),
    ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
  };
}

function withoutUndefined({ name, namespace }: { name: string; namespace: string | undefined }) {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}
