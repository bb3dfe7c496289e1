import { findProfile, readDeployments } from '../deployments.ts';
import type { Rule } from '../rule.ts';

export const recommendedClaim: Rule = {
  id: 'recommended-claim',
  severity: 'warning',
  kinds: ['model-metadata'],
  why: 'People choose a deployment by its description; one that promises tuning must have it.',
  check: (file, context) =>
    readDeployments(file).flatMap((deployment) => {
      const type = findProfile(deployment, file, context)?.profile?.type;
      if (type === undefined || type === 'optimized' || !/^optimi[sz]ed\b/i.test(deployment.description ?? ''))
        return [];
      return [
        {
          message: `the description says optimized, but the profile's type is ${type}`,
          at: [...deployment.path, 'description'],
          part: 'value',
          suggestion: 'Say what the profile is, for example "Not optimized: a starting point for …".',
        },
      ];
    }),
};
