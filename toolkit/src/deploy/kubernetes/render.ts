import type { DeploymentPlan } from '../deployment-plan.ts';
import { renderAutoscaler } from './autoscaling.ts';
import type { KubernetesObject } from './object.ts';
import { ownService, renderRoute } from './route.ts';
import { renderClaim, renderProfileMap } from './volumes.ts';
import { renderDeployment, renderDisruptionBudget, renderPreloadJob, renderService } from './workload.ts';

/** The objects of a deployment in the order in which they are applied. */
export function renderKubernetes(plan: DeploymentPlan): KubernetesObject[] {
  return [
    renderProfileMap(plan),
    renderClaim(plan),
    renderPreloadJob(plan),
    renderDeployment(plan),
    renderService(plan),
    renderDisruptionBudget(plan),
    renderAutoscaler(plan, plan.name),
    renderRoute(plan, ownService(plan)),
  ].filter((object) => object !== undefined);
}
