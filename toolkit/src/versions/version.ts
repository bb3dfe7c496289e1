import semver from 'semver';

/** What a version is good for, from the least to the most. */
export const STAGES = ['preview', 'rc', 'official'] as const;
export type Stage = (typeof STAGES)[number];

/** A version of an image: MAJOR.MINOR for base images, MAJOR.MINOR.PATCH for models, and what it is good for. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  /** Undefined for base images, whose versions have none. */
  readonly patch: number | undefined;
  readonly stage: Stage;
  /** Which one of its stage, from 1; always 1 for official versions. */
  readonly number: number;
}

const NUMBER = '0|[1-9][0-9]{0,8}';
const VERSION = new RegExp(
  `^(?<major>${NUMBER})\\.(?<minor>${NUMBER})(?:\\.(?<patch>${NUMBER}))?` +
    `(?:-(?:rc(?<rc>[1-9][0-9]{0,8})|(?<preview>preview)(?:\\.(?<preview_number>[2-9]|[1-9][0-9]{1,8}))?))?$`,
);

/** Reads `0.9`, `0.9.3`, `0.9.3-rc2`, `0.9.3-preview` or `0.9.3-preview.2`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const { major, minor, patch, rc, preview, preview_number } = VERSION.exec(text)?.groups ?? {};
  if (major === undefined || minor === undefined) return undefined;
  const stage: Stage = rc !== undefined ? 'rc' : preview !== undefined ? 'preview' : 'official';
  return {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? undefined : Number(patch),
    stage,
    number: Number(rc ?? preview_number ?? 1),
  };
}

/** The inverse of {@link parseVersion}. */
export function formatVersion({ major, minor, patch, stage, number }: Version): string {
  return `${major}.${minor}${patch === undefined ? '' : `.${patch}`}${formatStage(stage, number)}`;
}

/** What follows a version to say its stage: nothing, `-rc2`, `-preview`, `-preview.2`. */
export function formatStage(stage: Stage, number: number): string {
  if (stage === 'official') return '';
  if (stage === 'rc') return `-rc${number}`;
  return number === 1 ? '-preview' : `-preview.${number}`;
}

/**
 * Orders by semver precedence, negative when `a` comes first. `rc10` follows `rc9`: their numbers are compared as
 * numbers, which semver does for identifiers of their own.
 */
export function compareVersions(a: Version, b: Version): number {
  return semver.compare(toSemver(a), toSemver(b));
}

function toSemver({ major, minor, patch = 0, stage, number }: Version): string {
  return `${major}.${minor}.${patch}${stage === 'official' ? '' : `-${stage}.${number}`}`;
}
