import { DEPLOYMENTS_PATH, readDeployments, type Deployment } from '../deployments.ts';
import type { Rule } from '../rule.ts';

export const recommendedComplete: Rule = {
  id: 'recommended-complete',
  severity: 'warning',
  kinds: ['model-metadata'],
  why: 'The Kubernetes operator names a template after GPU, count, precision and metric: a missing part leaves a hole, equal parts make two templates one.',
  check: (file) => {
    const seen = new Map<string, number>();
    return readDeployments(file).flatMap((deployment, index) => {
      const { path } = deployment;
      const absent = (['precision', 'metric'] as const).filter((key) => deployment[key] === undefined);
      if (absent.length > 0) {
        return [
          {
            message: `the deployment has no ${absent.join(' and no ')}`,
            at: path,
            suggestion: `Add ${absent.join(' and ')}.`,
          },
        ];
      }
      const other = seen.get(nameOf(deployment));
      seen.set(nameOf(deployment), other ?? index);
      if (other === undefined) return [];
      return [
        {
          message: `the deployment is for the same GPUs, precision and metric as number ${other + 1} of ${DEPLOYMENTS_PATH.at(-1) ?? ''}`,
          at: path,
          suggestion: 'Remove one of the two.',
        },
      ];
    });
  },
};

function nameOf({ gpu, count, precision, metric }: Deployment): string {
  return [gpu, count, precision, metric].join(' ');
}
