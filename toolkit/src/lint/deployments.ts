import { basename } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import type { LintContext } from './context.ts';
import type { LintFile } from './lint-file.ts';
import { isMapping } from './profile-view.ts';

/** Keys down to the deployments that a model's metadata recommends. */
export const DEPLOYMENTS_PATH = ['com', 'amd', 'aim', 'model', 'recommendedDeployments'] as const;

/** A recommended deployment as far as it can be read. */
export interface Deployment {
  /** Keys to it. */
  readonly path: readonly (string | number)[];
  readonly gpu: string | undefined;
  readonly count: number | undefined;
  readonly precision: string | undefined;
  readonly metric: string | undefined;
  readonly profileId: string | undefined;
  readonly description: string | undefined;
}

/** The deployments of a metadata file. */
export function readDeployments(file: LintFile): Deployment[] {
  const list = DEPLOYMENTS_PATH.reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), file.value);
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) => {
    if (!isMapping(entry)) return [];
    const text = (key: string): string | undefined => (typeof entry[key] === 'string' ? entry[key] : undefined);
    return [
      {
        path: [...DEPLOYMENTS_PATH, index],
        gpu: text('gpuModel'),
        count: typeof entry['gpuCount'] === 'number' ? entry['gpuCount'] : undefined,
        precision: text('precision'),
        metric: text('metric'),
        profileId: text('profileId'),
        description: text('description'),
      },
    ];
  });
}

/** Id of a profile in the model layer. */
export function idOf(file: LintFile): string {
  return profileName(basename(file.path));
}

/** The profile that a deployment names, else the one that automatic selection would take for it. */
export function findProfile(deployment: Deployment, file: LintFile, context: LintContext): LintFile | undefined {
  const files = context.profilesBeside(file);
  if (deployment.profileId !== undefined) return files.find((each) => idOf(each) === deployment.profileId);
  return files.find(({ profile }) => {
    if (!profile || profile.manual || profile.gpu !== deployment.gpu || profile.gpuCount !== deployment.count)
      return false;
    const { metric = profile.metric, precision = profile.precision } = deployment;
    return profile.metric === metric && profile.precision === precision;
  });
}
