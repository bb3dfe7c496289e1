import type { RollbackPlan, TagRollback } from '../../release/rollback-plan.ts';

/** Result of `aimctl rollback`. */
export interface RollbackReport extends RollbackPlan {
  /** False under `--dry-run`, and when every tag is back already. */
  readonly applied: boolean;
}

export function renderRollbackPlan({ registry, undoes, to, tags, kept }: RollbackPlan): string {
  const moves = tags.filter(({ action }) => action === 'move');
  const done = tags.length - moves.length;
  return [
    `Rollback of ${undoes.join(', ')} in ${registry} to ${to ?? 'what was before'}: ${countTags(moves.length)} to move`,
    ...moves.map(renderMove),
    ...(done > 0 ? [`  ${countTags(done)} back already`] : []),
    ...kept.map(({ repository, tag }) => `  ${repository}:${tag} stays: there was no such tag before`),
  ].join('\n');
}

export function renderRollback(report: RollbackReport): string {
  const moved = report.tags.filter(({ action }) => action === 'move').length;
  if (report.applied) return `${countTags(moved)} moved back in ${report.registry}`;
  return moved === 0 ? 'Every tag is where it was: nothing to move back.' : renderRollbackPlan(report);
}

function renderMove({ repository, tag, currentDigest, digest }: TagRollback): string {
  return `  ${repository}:${tag}  ${shortDigest(currentDigest)} -> ${shortDigest(digest)}`;
}

/** `sha256:` and the first characters, which people tell apart. */
export function shortDigest(digest: string | null): string {
  return digest === null ? 'nothing' : digest.slice(0, 'sha256:'.length + 12);
}

function countTags(amount: number): string {
  return `${amount} ${amount === 1 ? 'tag' : 'tags'}`;
}
