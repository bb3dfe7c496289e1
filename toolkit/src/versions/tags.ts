import { formatLine, type Line } from './line.ts';
import { compareVersions, parseVersion, STAGES, type Version } from './version.ts';

/** The tags that are versions of base images or of models, oldest first; anything else is passed over. */
export function selectVersions(tags: readonly string[], kind: 'base' | 'model'): Version[] {
  return tags
    .flatMap((tag) => parseVersion(tag) ?? [])
    .filter(({ patch }) => (patch === undefined) === (kind === 'base'))
    .sort(compareVersions);
}

/** `latest`, and MAJOR.MINOR of models: in a base image's repository that is a version itself. */
export function isFloatingTag(tag: string, kind: 'base' | 'model'): boolean {
  if (tag === 'latest') return true;
  const version = parseVersion(tag);
  return kind === 'model' && version?.patch === undefined && version?.stage === 'official';
}

/**
 * Floating tags that may be moved to this version: `latest`, and for models `X.Y`. They only move forward: none is
 * given when a newer official version exists, and none to anything but an official version.
 */
export function selectFloatingTags(version: Version, tags: readonly string[]): string[] {
  const kind = version.patch === undefined ? 'base' : 'model';
  if (version.stage !== 'official') return [];
  const newer = selectVersions(tags, kind).filter(
    (other) => other.stage === 'official' && compareVersions(other, version) > 0,
  );
  const line = formatLine(version);
  const ofLine = newer.some((other) => formatLine(other) === line);
  return [...(kind === 'base' || ofLine ? [] : [line]), ...(newer.length > 0 ? [] : ['latest'])];
}

/**
 * The tag of the base image that models of this stage are put on: the official one of the line, else the newest of
 * their stage, else one that is good for more, as previews of a line without any are put on a release candidate.
 */
export function selectBaseTag({
  tags,
  line,
  stage,
}: {
  readonly tags: readonly string[];
  readonly line: Line;
  readonly stage: Version['stage'];
}): Version | undefined {
  const ofLine = selectVersions(tags, 'base').filter((one) => formatLine(one) === formatLine(line));
  const isGoodEnough = (one: Version) => STAGES.indexOf(one.stage) >= STAGES.indexOf(stage);
  return (
    ofLine.findLast((one) => one.stage === 'official') ??
    ofLine.findLast((one) => one.stage === stage) ??
    ofLine.findLast(isGoodEnough)
  );
}
