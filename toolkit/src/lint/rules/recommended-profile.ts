import { nearestNames } from 'aim-runtime/system';
import { findProfile, idOf, readDeployments, type Deployment } from '../deployments.ts';
import type { Problem } from '../finding.ts';
import type { LintFile } from '../lint-file.ts';
import type { Rule } from '../rule.ts';

export const recommendedProfile: Rule = {
  id: 'recommended-profile',
  severity: 'error',
  kinds: ['model-metadata'],
  why: 'A cluster makes a template of each recommended deployment; without its profile the container does not start.',
  check: (file, context) =>
    readDeployments(file)
      .filter(({ profileId }) => profileId !== undefined)
      .flatMap((deployment) => {
        const profile = findProfile(deployment, file, context);
        return profile === undefined
          ? [missing(deployment, context.profilesBeside(file).map(idOf))]
          : compare(deployment, profile);
      }),
};

function missing({ profileId = '', path }: Deployment, known: readonly string[]): Problem {
  const near = nearestNames(profileId, known);
  return {
    message: `this model has no profile ${profileId}`,
    at: [...path, 'profileId'],
    part: 'value',
    suggestion: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Add the profile, or name one that exists.',
  };
}

function compare({ path, profileId = '', ...deployment }: Deployment, { profile }: LintFile): Problem[] {
  if (profile === undefined) return [];
  const facts = [
    { key: 'gpuModel', here: deployment.gpu, there: profile.gpu },
    { key: 'gpuCount', here: deployment.count, there: profile.gpuCount },
    { key: 'precision', here: deployment.precision, there: profile.precision },
    { key: 'metric', here: deployment.metric, there: profile.metric },
  ];
  return facts
    .filter(({ here, there }) => here !== undefined && there !== undefined && here !== there)
    .map(({ key, here, there }) => ({
      message: `${key} is ${String(here)}, but the profile ${profileId} is for ${String(there)}`,
      at: [...path, key],
      part: 'value',
      suggestion: `Write ${String(there)}, or name another profile.`,
    }));
}
