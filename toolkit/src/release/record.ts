import semver from 'semver';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import validateRecord, { type RecordedImage, type ReleaseRecord } from '../generated/release-record.js';
import { BASE_WORDS } from '../images/names.ts';

/** Media type of a release record, and the artifact type it has in a registry. */
export const RECORD_TYPE = 'application/vnd.amd.aim.release.v1+json';

/** The record as a file: the same everywhere it is kept. */
export function renderRecord(record: ReleaseRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** Reads a record others wrote. @param where for messages @throws AimError check-failed when it is none */
export function parseRecord(text: string, where: string): ReleaseRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notARecord(where, [messageOf(error)], error);
  }
  if (validateRecord(value)) return value;
  throw notARecord(
    where,
    (validateRecord.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`),
  );
}

/**
 * Name of a release of these images: that of the newest one of the line when it is of the very same images, for then
 * it is being finished or repeated; else the next number.
 * @param line MAJOR.MINOR
 * @param newest the newest record of the line
 */
export function nextRelease(
  line: string,
  newest: ReleaseRecord | undefined,
  images: readonly Pick<RecordedImage, 'repository' | 'tag' | 'digest'>[],
): string {
  if (newest?.release === undefined || newest.release === null) return `${line}.0`;
  if (isSameSet(newest.images, images)) return newest.release;
  return semver.inc(newest.release, 'patch') ?? `${line}.0`;
}

/** Names of releases, newest first; what is none is left out. */
export function sortReleases(tags: readonly string[]): string[] {
  return semver.rsort(tags.filter((tag) => semver.valid(tag) === tag && semver.prerelease(tag) === null));
}

/** Names of the releases of one line, newest first. */
export function releasesOfLine(tags: readonly string[], line: string): string[] {
  return sortReleases(tags).filter((tag) => tag.startsWith(`${line}.`));
}

/** True for the image of a model, or for the base image under one of the words for it. */
export function isImageNamed({ kind, model }: Pick<RecordedImage, 'kind' | 'model'>, name: string): boolean {
  return kind === 'base' ? BASE_WORDS.includes(name) : model === name;
}

type Named = Pick<RecordedImage, 'repository' | 'tag' | 'digest'>;

/** True when both are the same images under the same tags, in whatever order. */
export function isSameSet(one: readonly Named[], other: readonly Named[]): boolean {
  const names = (images: readonly Named[]) =>
    images
      .map(({ repository, tag, digest }) => `${repository}:${tag}@${digest}`)
      .sort()
      .join('\n');
  return names(one) === names(other);
}

function notARecord(where: string, details: readonly string[], cause?: unknown): Error {
  return failure('check-failed', {
    message: `${where} is no release record`,
    details,
    hint: 'It may have been written by a newer aimctl, or not by aimctl at all.',
    ...(cause === undefined ? {} : { cause }),
  });
}
