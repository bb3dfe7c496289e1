import type { ReleaseRecord } from '../../generated/release-record.js';
import { nameOf } from '../../release/notes.ts';
import type { PlannedRelease, ReleasePlan } from '../../release/plan.ts';
import type { GitHubReport } from '../../release/report-github.ts';
import { shortDigest } from './rollback.ts';
import { renderTable } from './table.ts';

/** What `release` and `promote` have in common in their results. */
export interface PublishReport {
  readonly stage: ReleasePlan['stage'];
  /** False under `--dry-run`, and when there was nothing to do. */
  readonly applied: boolean;
  /** True when an earlier run had begun this release. */
  readonly resumed: boolean;
  readonly record: ReleaseRecord;
}

/** Result of `aimctl promote`. */
export interface PromoteReport extends PublishReport {
  /** Signatures, SBOMs and the like that were carried along. */
  readonly referrers: number;
}

/** Result of `aimctl release`. */
export interface ReleaseReport extends PublishReport {
  /** True when this run attached SBOM and provenance to all that it gave tags, or found them there. */
  readonly attested: boolean;
  /** Who signed that provenance; null for nobody. */
  readonly signer: string | null;
  /** What was told on GitHub; null for nothing. */
  readonly github: GitHubReport | null;
}

/** The plan for people; `notes` are lines about what else happens. */
export function renderReleasePlan(
  { record, images, isResumed, isPending }: ReleasePlan,
  notes: readonly string[],
): string {
  const name = record.release === null ? 'Images' : `Release ${record.release}`;
  const from = record.promotedFrom === null ? '' : ` from ${record.promotedFrom}`;
  const state = isPending ? (isResumed ? ', begun before and to be finished' : '') : ', all of it there already';
  return [`${name} to ${record.registry}${from}${state}`, renderImages(images), ...notes].join('\n');
}

export function renderPublished({ applied, record, resumed }: PublishReport): string {
  const { release, registry, images } = record;
  const count = `${images.length} image${images.length === 1 ? '' : 's'}`;
  const name = release === null ? 'images' : `release ${release}`;
  const moved = images.reduce((sum, { floating }) => sum + floating.length, 0);
  const fresh = images.filter(({ isNew }) => isNew).length;
  if (!applied) return `${name} in ${registry}: nothing was changed, ${count}`;
  return `${name} in ${registry}: ${count}, ${fresh} of them new, ${moved} floating tags moved${resumed ? ' (finished)' : ''}`;
}

function renderImages(images: readonly PlannedRelease[]): string {
  const rows = images.map((image) => [
    nameOf(image),
    image.tag,
    image.isNew ? 'new' : 'there',
    shortDigest(image.digest),
    image.moves.map(({ tag, previousDigest }) => `${tag} (now ${shortDigest(previousDigest)})`).join(', ') || '-',
  ]);
  return renderTable(['IMAGE', 'TAG', 'STATE', 'DIGEST', 'FLOATING TAGS MOVED'], rows);
}

export function renderRelease(report: ReleaseReport): string {
  const { github } = report;
  return [
    renderPublished(report),
    ...(github?.release ? [`${github.release.url} (${github.release.action})`] : []),
    ...(github?.comment ? [`${github.comment.url} (${github.comment.action})`] : []),
  ].join('\n');
}
