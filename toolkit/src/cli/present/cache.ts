import type { AddedModel } from '../../cache/add.ts';
import type { CacheEntry } from '../../cache/scan.ts';
import type { VerifiedEntry } from '../../cache/verify.ts';
import { renderBytes } from './bytes.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl cache list`. */
export interface CacheReport {
  readonly path: string;
  readonly models: readonly CacheEntry[];
  readonly sizeBytes: number;
}

/** Result of `aimctl cache add`. */
export interface AddReport {
  readonly added: readonly AddedModel[];
}

/** Result of `aimctl cache remove` and `aimctl cache cleanup`. */
export interface RemovalReport {
  readonly removed: readonly CacheEntry[];
  readonly freedBytes: number;
  /** True when nothing was deleted: what would be is listed. */
  readonly dryRun: boolean;
}

/** Result of `aimctl cache verify`. */
export interface VerifyCacheReport {
  readonly models: readonly VerifiedEntry[];
}

/** Table of a cache. */
export function renderCache({ path, models, sizeBytes }: CacheReport): string {
  if (models.length === 0) return `There are no models in ${path}.`;
  const rows = models.map((entry) => [
    entry.name,
    entry.layout,
    renderBytes(entry.sizeBytes),
    entry.busy ? 'downloading' : entry.complete ? 'complete' : 'incomplete',
    entry.cachedAt.slice(0, 'yyyy-mm-dd'.length),
  ]);
  return `${renderTable(['MODEL', 'LAYOUT', 'SIZE', 'STATE', 'CACHED'], rows)}\n${renderBytes(sizeBytes)} in ${path}`;
}

/** Paths of what was added, one in a line. */
export function renderAdded({ added }: AddReport): string {
  return added.map(({ path }) => path).join('\n');
}

/** What was removed, or would be. */
export function renderRemoval({ removed, freedBytes, dryRun }: RemovalReport): string {
  if (removed.length === 0) return 'There is nothing to remove.';
  const lines = removed.map(
    ({ name, layout, sizeBytes, cachedAt }) => `${name} (${layout}), ${renderBytes(sizeBytes)}, cached ${cachedAt}`,
  );
  return [...lines, `${renderBytes(freedBytes)} ${dryRun ? 'would be freed' : 'freed'}`].join('\n');
}

/** One line for each model, and one for each file that is not right. */
export function renderVerified({ models }: VerifyCacheReport): string {
  if (models.length === 0) return 'There are no models to verify.';
  return models
    .flatMap(({ name, layout, outcome, checked, damaged, unknown }) => [
      `${name} (${layout}): ${outcome}, ${checked} files hashed`,
      ...damaged.map((file) => `  damaged: ${file}`),
      ...unknown.map((file) => `  nothing recorded: ${file}`),
    ])
    .join('\n');
}
