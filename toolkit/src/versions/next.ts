import { failure } from '../exit-codes.ts';
import { compareReleases, type Release, type SeriesTag, type TagSeries } from './series.ts';
import type { Stage } from './version.ts';

/** What the next tag of one image depends on. Tags may come in any order, more than once, and be anything. */
export interface NextRequest {
  readonly series: TagSeries;
  readonly stage: Stage;
  /** Tags that the image's repository has. */
  readonly tags: readonly string[];
}

/** The tag an image gets. */
export interface NextTag {
  readonly tag: string;
  readonly stage: Stage;
  /** False when the content is that of an existing tag, which it keeps. */
  readonly isNew: boolean;
  /** The tag that the content was compared with. */
  readonly previous: string | undefined;
  /** Why it is this tag, for people. */
  readonly reason: string;
}

/**
 * The one tag whose content decides: the newest of this stage for the release to come, else the newest official one.
 * Undefined when there is none of either.
 */
export function selectPrevious(request: NextRequest): string | undefined {
  const { officials, preliminary } = review(request);
  return (preliminary.at(-1) ?? officials.at(-1))?.tag;
}

/**
 * The tag for content that differs from the previous tag's, or does not. Never one that is among the tags, unless it
 * is kept.
 * @throws AimError check-failed when the line has its only release already and the content is another
 */
export function planNext(request: NextRequest & { readonly isChanged: boolean }): NextTag {
  const { series, stage, isChanged } = request;
  const { officials, preliminary, target } = review(request);
  const previous = (preliminary.at(-1) ?? officials.at(-1))?.tag;
  const common = { stage, previous };
  if (previous !== undefined && !isChanged)
    return { ...common, tag: previous, isNew: false, reason: `its content is that of ${previous}` };
  if (target === undefined) throw takenForever(series, officials);
  const last = preliminary.at(-1);
  const number = stage === 'official' ? 1 : (last?.number ?? 0) + 1;
  const why = previous === undefined ? 'there is none before it' : `its content differs from ${previous}`;
  return { ...common, tag: series.format(target, stage, number), isNew: true, reason: why };
}

/** The tag an image of this stage gets where there is no other. */
export function firstTag({ series, stage }: Pick<NextRequest, 'series' | 'stage'>): string {
  return series.format(series.first, stage, 1);
}

interface Review {
  /** In their order. */
  readonly officials: readonly SeriesTag[];
  /** Release candidates or previews of the release to come, as the stage asks, in their order. */
  readonly preliminary: readonly SeriesTag[];
  /** The release to come; undefined when the line has no other. */
  readonly target: Release | undefined;
}

function review({ series, stage, tags }: NextRequest): Review {
  const known = tags.flatMap((tag) => series.parse(tag) ?? []);
  const officials = known
    .filter((one) => one.stage === 'official')
    .sort((a, b) => compareReleases(a.release, b.release));
  const newest = officials.at(-1);
  const target = newest === undefined ? series.first : series.following(newest.release);
  const preliminary = known
    .filter((one) => stage !== 'official' && one.stage === stage)
    .filter(({ release }) => target !== undefined && compareReleases(release, target) === 0)
    .sort((a, b) => a.number - b.number);
  return { officials, preliminary, target };
}

function takenForever({ cure }: TagSeries, officials: readonly SeriesTag[]): Error {
  const taken = officials.at(-1)?.tag ?? '';
  return failure('check-failed', {
    message: `version ${taken} was released with other content, and a version is released once`,
    hint: cure,
  });
}
