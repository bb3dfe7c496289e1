import type { RecordedImage, ReleaseRecord } from '../generated/release-record.js';
import { selectFloatingTags } from '../versions/tags.ts';
import { parseVersion, type Stage } from '../versions/version.ts';
import type { FloatingMove } from './publish.ts';
import { isSameSet, nextRelease } from './record.ts';

/** An image with its tag, before it is known what else its release is about. */
export interface ReleaseCandidate extends Omit<RecordedImage, 'floating'> {
  /** All tags of its repository. */
  readonly tags: readonly string[];
  /** What the floating tags name now; those that are missing are none. */
  readonly heads: ReadonlyMap<string, string>;
}

/** One image of a release. */
export interface PlannedRelease extends RecordedImage {
  /** Floating tags that have yet to move. Fewer than `floating` when an earlier run was cut off. */
  readonly moves: readonly FloatingMove[];
}

/** What a release would do; data only. */
export interface ReleasePlan {
  readonly stage: Stage;
  /** What is kept of it. */
  readonly record: ReleaseRecord;
  readonly images: readonly PlannedRelease[];
  /** True when an earlier run began this very release. */
  readonly isResumed: boolean;
  /** True when there is a tag to be written. */
  readonly isPending: boolean;
}

export interface ReleaseRequest {
  readonly stage: Stage;
  /** HOST[/NAMESPACE]. */
  readonly registry: string;
  /** MAJOR.MINOR. */
  readonly line: string;
  /** Seconds since 1970, and the commit. */
  readonly stamp: { readonly createdAt: number; readonly revision: string };
  readonly promotedFrom: string | null;
  /** Newest record of the line. */
  readonly newest: ReleaseRecord | undefined;
  /** False for some images of a release: they get their versions, but no record and no floating tags. */
  readonly isWhole: boolean;
  readonly candidates: readonly ReleaseCandidate[];
}

/** Decides which floating tags move and what the release is called. */
export function planRelease(request: ReleaseRequest): ReleasePlan {
  const { stage, registry, stamp, newest, promotedFrom } = request;
  const isRelease = stage === 'official' && request.isWhole;
  const recorded = request.candidates.map((candidate) => planImage(candidate, { isRelease, newest }));
  const images = recorded.map((image) => ({ ...image, moves: image.floating }));
  const isPending = images.some(({ isNew, moves }) => isNew || moves.length > 0);
  const isResumed = isRelease && newest !== undefined && isSameSet(newest.images, images);
  if (isResumed) return { stage, record: newest, images, isResumed, isPending };
  const record: ReleaseRecord = {
    schemaVersion: 1,
    release: isRelease && isPending ? nextRelease(request.line, newest, images) : null,
    registry,
    createdAt: new Date(stamp.createdAt * 1_000).toISOString(),
    commit: stamp.revision,
    promotedFrom,
    images: recorded,
  };
  return { stage, record, images, isResumed, isPending };
}

/** Images to be made of files that differ from their commit: nobody could make them again. */
export function selectUncommitted({ images }: Pick<ReleasePlan, 'images'>): PlannedRelease[] {
  return images.filter(({ isNew, commit }) => isNew && commit.endsWith('-dirty'));
}

/** Floating tags that an image with this tag may be given, as {@link selectFloatingTags} has it. */
export function floatingTagsOf(tag: string, tags: readonly string[]): string[] {
  const version = parseVersion(tag);
  return version === undefined ? [] : selectFloatingTags(version, tags);
}

function planImage(
  { tags, heads, ...image }: ReleaseCandidate,
  { isRelease, newest }: { readonly isRelease: boolean; readonly newest: ReleaseRecord | undefined },
): RecordedImage {
  const { repository, digest } = image;
  const known = newest?.images.find((one) => one.repository === repository && one.digest === digest);
  // A preview may keep an official version: that is no reason to move its floating tags, which may be rolled back.
  const floating = (isRelease ? floatingTagsOf(image.tag, tags) : [])
    .map((tag) => ({ tag, previousDigest: heads.get(tag) ?? null }))
    .filter(({ previousDigest }) => previousDigest !== digest);
  return { ...image, commit: image.commit || (known?.commit ?? ''), floating };
}
