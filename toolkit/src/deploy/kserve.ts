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
/** KServe puts a Service with this port before the predictor. */
const PREDICTOR_PORT = 80;

/** The objects of a deployment with KServe in the order in which they are applied. */
export function renderKserve(plan: DeploymentPlan): KubernetesObject[] {
  const predictor = `${plan.name}-predictor`;
  const budget = renderDisruptionBudget(plan);
  return [
    renderProfileMap(plan),
    renderClaim(plan),
    renderPreloadJob(plan),
    renderServingRuntime(plan),
    renderInferenceService(plan),
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
function renderInferenceService(plan: DeploymentPlan): InferenceService {
  const { autoscaling, replicas } = plan;
  const metadata = objectMetadata(plan);
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        'serving.kserve.io/deploymentMode': 'RawDeployment',
        'serving.kserve.io/autoscalerClass': 'external',
      },
    },
    spec: {
      predictor: {
        minReplicas: autoscaling?.minReplicas ?? replicas,
        maxReplicas: autoscaling?.maxReplicas ?? replicas,
        deploymentStrategy: ROLLOUT,
        ...renderPodSettings(plan),
        ...renderDownloadFirst(plan),
        model: { modelFormat: { name: MODEL_FORMAT }, runtime: plan.name },
      },
    },
  };
}
