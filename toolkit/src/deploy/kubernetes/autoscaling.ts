import type { DeploymentPlan, PlannedAutoscaling } from '../deployment-plan.ts';
import { objectMetadata, type KubernetesObject } from './object.ts';
import type { HorizontalPodAutoscaler } from './types.ts';

/** The object of KEDA that scales a workload, as far as it is used. https://keda.sh/docs/latest/reference/scaledobject-spec */
export interface ScaledObject extends KubernetesObject {
  readonly apiVersion: 'keda.sh/v1alpha1';
  readonly kind: 'ScaledObject';
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    readonly pollingInterval: number;
    readonly cooldownPeriod: number;
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly advanced: { readonly horizontalPodAutoscalerConfig: { readonly behavior: typeof BEHAVIOR } };
    readonly triggers: readonly {
      readonly type: 'prometheus';
      readonly name: string;
      readonly metadata: Readonly<Record<string, string>>;
    }[];
  };
}

/** What a workload takes long to do must not be undone soon: a replica that goes has its model to load again. */
const BEHAVIOR = {
  scaleUp: { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
  scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 300 }] },
};
const POLLING_SECONDS = 15;
const COOLDOWN_SECONDS = 600;

/** Scales a Deployment by what its engines have to do; undefined where the number of replicas is fixed. */
export function renderAutoscaler(
  plan: DeploymentPlan,
  deployment: string,
): ScaledObject | (HorizontalPodAutoscaler & KubernetesObject) | undefined {
  const { autoscaling } = plan;
  if (autoscaling === undefined) return undefined;
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment };
  if (autoscaling.kind === 'keda') return renderScaledObject(plan, autoscaling, target);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: objectMetadata(plan),
    spec: {
      scaleTargetRef: target,
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      behavior: BEHAVIOR,
      metrics: autoscaling.triggers.map(({ metric, perReplica }) => ({
        type: 'Pods',
        pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: String(perReplica) } },
      })),
    },
  };
}

function renderScaledObject(
  plan: DeploymentPlan,
  { minReplicas, maxReplicas, triggers, prometheusUrl }: PlannedAutoscaling,
  target: ScaledObject['spec']['scaleTargetRef'],
): ScaledObject {
  const pods = `namespace="${plan.namespace}",pod=~"${target.name}-.+"`;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: objectMetadata(plan),
    spec: {
      scaleTargetRef: target,
      pollingInterval: POLLING_SECONDS,
      cooldownPeriod: COOLDOWN_SECONDS,
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
      triggers: triggers.map(({ metric, perReplica }) => ({
        type: 'prometheus',
        name: metric.split(':').at(-1)?.replaceAll('_', '-') ?? metric,
        metadata: { serverAddress: prometheusUrl, query: `sum(${metric}{${pods}})`, threshold: String(perReplica) },
      })),
    },
  };
}
