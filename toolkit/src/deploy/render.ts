import type { TextFile } from '../documents/write.ts';
import { renderAimOperator } from './aim-operator.ts';
import { renderCompose } from './compose.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import { renderDocker } from './docker.ts';
import { renderChart } from './helm/chart.ts';
import { renderKserve } from './kserve.ts';
import type { KubernetesObject } from './kubernetes/object.ts';
import { renderKubernetes } from './kubernetes/render.ts';
import { renderObjectFiles } from './object-files.ts';
import type { DeployTarget } from './request.ts';

/**
 * The objects of a deployment in a cluster, in the order in which they are applied; none for compose and docker. A
 * chart has those of a plain deployment. @throws AimError usage for what a target cannot do
 */
export function renderObjects(plan: DeploymentPlan, target: DeployTarget): KubernetesObject[] {
  switch (target) {
    case 'kubernetes':
    case 'helm':
      return renderKubernetes(plan);
    case 'kserve':
      return renderKserve(plan);
    case 'aim-operator':
      return renderAimOperator(plan);
    case 'compose':
    case 'docker':
      return [];
  }
}

/** The files of a deployment, their paths below an output folder. `version` is that of this program. */
export function renderFiles(plan: DeploymentPlan, version: string): TextFile[] {
  switch (plan.target) {
    case 'helm':
      return renderChart(plan, version);
    case 'compose':
      return renderCompose(plan);
    case 'docker':
      return renderDocker(plan);
    case 'kubernetes':
    case 'kserve':
    case 'aim-operator':
      return renderObjectFiles(renderObjects(plan, plan.target));
  }
}
