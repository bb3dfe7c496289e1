import { failure } from '../exit-codes.ts';
import { parseVersion } from './version.ts';

/** MAJOR.MINOR: the version of base images, and what versions of models begin with. */
export interface Line {
  readonly major: number;
  readonly minor: number;
}

/**
 * The line that the version of the root package.json stands for. @throws AimError usage for a version with a patch
 * of its own, or none at all
 */
export function parseLine(packageVersion: string): Line {
  const version = parseVersion(packageVersion);
  if (version?.patch === undefined || version.stage !== 'official') {
    throw failure('usage', {
      message: `the version "${packageVersion}" of package.json is none of the form MAJOR.MINOR.0`,
      hint: 'Release candidates and previews are numbered by aimctl; write for example 0.9.0.',
    });
  }
  const { major, minor, patch } = version;
  if (patch === 0) return { major, minor };
  throw failure('usage', {
    message: `the version ${packageVersion} of package.json has the patch ${patch}, and has to end with .0`,
    hint: `Patches belong to single models and follow from the registry: write ${major}.${minor}.0, or ${major}.${minor + 1}.0 for a change of the base image.`,
  });
}

/** `0.9`. */
export function formatLine({ major, minor }: Line): string {
  return `${major}.${minor}`;
}
