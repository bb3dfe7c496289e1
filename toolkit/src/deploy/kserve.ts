import { createHash } from 'node:crypto';
import type { DeploymentPlan } from './deployment-plan.ts';
import { renderAutoscaler } from './kubernetes/autoscaling.ts';
import { renderServer } from './kubernetes/container.ts';
import { objectMetadata, type KubernetesObject } from './kubernetes/object.ts';
import { pullSecrets, renderDownloadFirst, renderPlacement, renderPodSettings } from './kubernetes/pod.ts';
import { renderRoute } from './kubernetes/route.ts';
import { renderClaim, renderProfileMap, renderVolumes } from './kubernetes/volumes.ts';
import { podAnnotations, renderDisruptionBudget, renderPreloadJob, ROLLOUT } from './kubernetes/workload.ts';
import type { Container, DeploymentStrategy, PodSpec } from './kubernetes/types.ts';

/** How a model is served, in KServe's terms, as far as it is used. https://kserve.github.io/website */
export interface ServingRuntime extends KubernetesObject {
  readonly apiVersion: 'serving.kserve.io/v1alpha1';
  readonly kind: 'ServingRuntime';
  readonly spec: {
    readonly supportedModelFormats: readonly {
      readonly name: string;
      readonly version: string;
      readonly autoSelect: boolean;
    }[];
    readonly multiModel: boolean;
    readonly annotations: Readonly<Record<string, string>>;
    readonly containers: readonly Container[];
    readonly imagePullSecrets: PodSpec['imagePullSecrets'];
    readonly volumes: PodSpec['volumes'];
    readonly affinity?: PodSpec['affinity'];
    readonly tolerations: PodSpec['tolerations'];
  };
}

/** That it is served, and how often, as far as it is used. */
export interface InferenceService extends KubernetesObject {
  readonly apiVersion: 'serving.kserve.io/v1beta1';
  readonly kind: 'InferenceService';
  readonly spec: {
    readonly predictor: Partial<PodSpec> & {
      readonly minReplicas: number;
      readonly maxReplicas: number;
      readonly annotations: Readonly<Record<string, string>>;
      readonly deploymentStrategy: DeploymentStrategy;
      readonly model: {
        readonly modelFormat: { readonly name: string };
        readonly runtime: string;
      };
    };
  };
}

/** Name by which KServe knows the container that serves. */
const CONTAINER = 'kserve-container';
const MODEL_FORMAT = 'aim';
/** Annotation of the pods that names all they are made of: KServe looks at a serving runtime again only for its sake. */
export const PODS_VERSION = 'com.amd.aim.pods-version';
/** KServe puts a Service with this port before the predictor. */
const PREDICTOR_PORT = 80;

/** Name of the Deployment that KServe makes of an InferenceService. */
export function predictorName(name: string): string {
  return `${name}-predictor`;
}

/** The objects of a deployment with KServe in the order in which they are applied. */
export function renderKserve(plan: DeploymentPlan): KubernetesObject[] {
  const predictor = predictorName(plan.name);
  const runtime = renderServingRuntime(plan);
  const budget = renderDisruptionBudget(plan);
  return [
    renderProfileMap(plan),
    renderClaim(plan),
    renderPreloadJob(plan),
    runtime,
    renderInferenceService(plan, runtime),
    {
      ...budget,
      spec: { maxUnavailable: 1, selector: { matchLabels: { 'serving.kserve.io/inferenceservice': plan.name } } },
    },
    renderAutoscaler(plan, predictor),
    renderRoute(plan, { name: predictor, port: PREDICTOR_PORT }),
  ].filter((object) => object !== undefined);
}

function renderServingRuntime(plan: DeploymentPlan): ServingRuntime {
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'ServingRuntime',
    metadata: objectMetadata(plan),
    spec: {
      supportedModelFormats: [{ name: MODEL_FORMAT, version: '1', autoSelect: false }],
      multiModel: false,
      annotations: podAnnotations(),
      imagePullSecrets: pullSecrets(plan),
      containers: [renderServer(plan, CONTAINER)],
      volumes: renderVolumes(plan),
      ...renderPlacement(plan),
    },
  };
}

/** As a plain Deployment: the image holds or loads the model itself, and our own autoscaler, if any, decides. */
function renderInferenceService(plan: DeploymentPlan, { spec: runtime }: ServingRuntime): InferenceService {
  const { autoscaling, replicas } = plan;
  const metadata = objectMetadata(plan);
  const pods = { ...renderPodSettings(plan), ...renderDownloadFirst(plan) };
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        'serving.kserve.io/deploymentMode': 'RawDeployment',
        // With `external` KServe leaves the number of replicas alone; only with `none` it sets them.
        'serving.kserve.io/autoscalerClass': autoscaling === undefined ? 'none' : 'external',
      },
    },
    spec: {
      predictor: {
        minReplicas: autoscaling?.minReplicas ?? replicas,
        maxReplicas: autoscaling?.maxReplicas ?? replicas,
        deploymentStrategy: ROLLOUT,
        annotations: { [PODS_VERSION]: versionOf({ runtime, pods }) },
        ...pods,
        model: { modelFormat: { name: MODEL_FORMAT }, runtime: plan.name },
      },
    },
  };
}

function versionOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
