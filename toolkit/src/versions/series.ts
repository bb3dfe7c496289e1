import { failure } from '../exit-codes.ts';
import { formatLine, type Line } from './line.ts';
import { formatStage, formatVersion, parseVersion, type Stage } from './version.ts';

/** A place in the order of an image's releases; numbers as in a version, the most significant first. */
export type Release = readonly number[];

/** A tag as its series understands it. */
export interface SeriesTag {
  readonly tag: string;
  readonly release: Release;
  readonly stage: Stage;
  /** Which one of its stage, from 1. */
  readonly number: number;
}

/** How the tags of one image are made up and follow each other. */
export interface TagSeries {
  /** The tags of this series; undefined for all others, whatever they are. */
  parse(tag: string): SeriesTag | undefined;
  format(release: Release, stage: Stage, number: number): string;
  /** What the first release is. */
  readonly first: Release;
  /** The release after this one; undefined where only a new line gives another. */
  following(release: Release): Release | undefined;
  /** What is to be done where there is no following release. */
  readonly cure: string;
}

/** MAJOR.MINOR: a line has one release of the base image. */
export function createBaseSeries(line: Line): TagSeries {
  const { major, minor } = line;
  return {
    parse: (tag) => parseOf(line, tag, false),
    format: (_, stage, number) => formatVersion({ ...line, patch: undefined, stage, number }),
    first: [],
    following: () => undefined,
    cure: `Raise the version in package.json to ${major}.${minor + 1}.0, or name another tag with --tag.`,
  };
}

/** MAJOR.MINOR.PATCH: each release of a model has a patch of its own. */
export function createModelSeries(line: Line): TagSeries {
  return {
    parse: (tag) => parseOf(line, tag, true),
    format: ([patch = 0], stage, number) => formatVersion({ ...line, patch, stage, number }),
    first: [0],
    following: ([patch = 0]) => [patch + 1],
    cure: '',
  };
}

const DATED = /^(?<date>\d{8})(?:\.(?<again>[2-9]|[1-9]\d{1,8}))?(?<suffix>-.+)?$/;
const LONGEST_TAG = 128;

/**
 * `<prefix>-v<date>`: a release is a day, and what it is called when there is another on that day (`.2`).
 * @param prefix base version, organisation and model
 * @param date the sources' day as YYYYMMDD
 */
export function createDatedSeries(prefix: string, date: string): TagSeries {
  const today = Number(date);
  return {
    parse: (tag) => {
      if (!tag.startsWith(`${prefix}-v`)) return undefined;
      const groups = DATED.exec(tag.slice(prefix.length + 2))?.groups;
      // The suffix is read as that of any version.
      const version = groups && parseVersion(`0.0${groups['suffix'] ?? ''}`);
      if (groups === undefined || version === undefined) return undefined;
      const release = [Number(groups['date']), Number(groups['again'] ?? 1)];
      return { tag, release, stage: version.stage, number: version.number };
    },
    format: ([day = today, again = 1], stage, number) => {
      const tag = `${prefix}-v${day}${again === 1 ? '' : `.${again}`}${formatStage(stage, number)}`;
      if (tag.length <= LONGEST_TAG) return tag;
      throw failure('usage', {
        message: `the dated tag has ${tag.length} characters, ${LONGEST_TAG} is the most: ${tag}`,
        hint: 'Give a shorter one with --tag or use --tag-scheme semver.',
      });
    },
    first: [today, 1],
    // Older files never come before what is there.
    following: ([day = today, again = 1]) => (today > day ? [today, 1] : [day, again + 1]),
    cure: '',
  };
}

/** Negative when `a` comes first. */
export function compareReleases(a: Release, b: Release): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseOf(line: Line, tag: string, hasPatch: boolean): SeriesTag | undefined {
  const version = parseVersion(tag);
  if (version === undefined || formatLine(version) !== formatLine(line)) return undefined;
  const { patch, stage, number } = version;
  if ((patch !== undefined) !== hasPatch) return undefined;
  return { tag, release: patch === undefined ? [] : [patch], stage, number };
}
