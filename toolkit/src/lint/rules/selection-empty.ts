import { findProfile, readDeployments } from '../deployments.ts';
import type { Rule } from '../rule.ts';

export const selectionEmpty: Rule = {
  id: 'selection-empty',
  severity: 'error',
  kinds: ['model-metadata'],
  why: 'A recommended deployment without a profileId relies on automatic selection; where that finds nothing, the container ends.',
  check: (file, context) =>
    readDeployments(file)
      .filter(({ gpu, count, profileId }) => profileId === undefined && gpu !== undefined && count !== undefined)
      .filter((deployment) => findProfile(deployment, file, context) === undefined)
      .map(({ path, gpu, count, precision, metric }) => ({
        message: `no profile is selected automatically for ${[count, 'x', gpu, precision, metric].filter((word) => word !== undefined).join(' ')}`,
        at: path,
        suggestion: 'Name a profile in profileId, add one, or remove the deployment.',
      })),
};
