import { MANAGER, type DeploymentPlan } from '../deployment-plan.ts';

/** An object of a cluster, as far as every one has the same. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Parts of a deployment that have pods. */
export type Component = 'server' | 'preload';

const MANAGED_BY = 'app.kubernetes.io/managed-by';
/** Annotation that names the model of a deployment. */
export const MODEL_ANNOTATION = 'com.amd.aim.model';

/** Labels by which the pods of a component are found; they never change, as selectors cannot. */
export function selectorLabels({ name }: Pick<DeploymentPlan, 'name'>, component: Component): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'aim',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/component': component,
  };
}

/** Labels of every object; https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels */
export function objectLabels(
  plan: Pick<DeploymentPlan, 'name' | 'manager'>,
  component: Component = 'server',
): Record<string, string> {
  return { ...selectorLabels(plan, component), 'app.kubernetes.io/part-of': 'aim', [MANAGED_BY]: plan.manager };
}

/** Which objects belong to a deployment, as a label selector. */
export function selectorOf(name: string): string {
  return `app.kubernetes.io/instance=${name},${MANAGED_BY}=${MANAGER}`;
}

/** What an object's name, labels and annotations are. Labels cannot hold a model's name, annotations can. */
export function objectMetadata(
  plan: DeploymentPlan,
  name = plan.name,
  component: Component = 'server',
): ObjectMetadata {
  return {
    name,
    namespace: plan.namespace,
    labels: objectLabels(plan, component),
    annotations: { [MODEL_ANNOTATION]: plan.model, 'com.amd.aim.profile': plan.profile.id },
  };
}
