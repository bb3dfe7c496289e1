import { AimError } from 'aim-runtime/system';
import { describeEvent, type BuildEvent } from './event.ts';
import { formatLine, type Line } from './line.ts';
import { planNext, type NextTag } from './next.ts';
import { createBaseSeries } from './series.ts';
import { selectFloatingTags } from './tags.ts';
import { parseVersion, type Stage } from './version.ts';

/** What an image would be called, and why. */
export interface ImageVersion {
  /** `aim-base` or `org/model`. */
  readonly image: string;
  /** Null when it could not be found out. */
  readonly reference: string | null;
  readonly tag: string | null;
  /** `not-compared`: nothing was read, or not what the content is; `failed`: `reason` says why. */
  readonly state: 'new' | 'changed' | 'up-to-date' | 'not-compared' | 'failed';
  /** Tag that the content was compared with. */
  readonly previous: string | null;
  /** Floating tags that a release of it would move; a preview or a candidate moves none, whatever tag it keeps. */
  readonly floating: readonly string[];
  readonly reason: string;
}

/** Result of `aimctl version`. */
export interface VersionReport {
  /** MAJOR.MINOR. */
  readonly version: string;
  readonly event: { readonly kind: BuildEvent['kind']; readonly description: string };
  readonly stage: Stage;
  readonly images: readonly ImageVersion[];
}

/** An image whose next tag was planned. */
export interface PlannedVersion {
  readonly image: string;
  /** With the tag. */
  readonly reference: string;
  readonly state: ImageVersion['state'];
  readonly next: NextTag;
  /** Tags of its repository. */
  readonly tags: readonly string[];
}

export function describeVersion({ image, reference, state, next, tags }: PlannedVersion): ImageVersion {
  const version = parseVersion(next.tag);
  return {
    image,
    reference,
    tag: next.tag,
    state,
    previous: next.previous ?? null,
    floating: version === undefined || next.stage !== 'official' ? [] : selectFloatingTags(version, tags),
    reason: next.reason,
  };
}

/** An image of which nothing can be said. @throws what is no failure of the image but of the run */
export function describeFailure(image: string, error: unknown): ImageVersion {
  if (!(error instanceof AimError) || error.code === 'interrupted') throw error;
  const nothing = { reference: null, tag: null, previous: null, floating: [] };
  return { image, state: 'failed', reason: error.message, ...nothing };
}

/** The base image by its tags alone: one that is released keeps its tag, as its line has no other. */
export function planBaseVersion(
  repository: string,
  { line, stage, tags }: { readonly line: Line; readonly stage: Stage; readonly tags: readonly string[] },
): PlannedVersion {
  const series = createBaseSeries(line);
  const isReleased = tags.includes(formatLine(line));
  const next = planNext({ series, stage, tags, isChanged: !isReleased });
  const reason = isReleased
    ? `${next.tag} is released; other content needs a new version in package.json`
    : 'its content was not compared';
  const reference = `${repository}:${next.tag}`;
  return { image: 'aim-base', reference, state: 'not-compared', next: { ...next, reason }, tags };
}

export function makeVersionReport(
  { event, line, stage }: { readonly event: BuildEvent; readonly line: Line; readonly stage: Stage },
  images: readonly ImageVersion[],
): VersionReport {
  return {
    version: formatLine(line),
    event: { kind: event.kind, description: describeEvent(event) },
    stage,
    images,
  };
}
