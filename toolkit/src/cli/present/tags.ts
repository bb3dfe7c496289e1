import type { PlannedTag } from '../../images/retag.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl tag`. */
export interface TagReport {
  /** False under `--dry-run`. */
  readonly applied: boolean;
  readonly tags: readonly PlannedTag[];
}

const WORDS = {
  create: ['would be created', 'created'],
  move: ['would be moved', 'moved'],
  keep: ['is there already', 'is there already'],
} as const;

export function renderTags({ applied, tags }: TagReport): string {
  const rows = tags.map(({ reference, source, digest, previousDigest, action }) => {
    const from = action === 'move' && previousDigest !== null ? `, was ${previousDigest}` : '';
    return [reference, source, digest, `${WORDS[action][applied ? 1 : 0]}${from}`];
  });
  return renderTable(['TAG', 'IMAGE', 'DIGEST', 'STATE'], rows);
}
