import type { ProfileChange } from '../../profiles/diff.ts';
import type { FormatReport } from '../../profiles/format-files.ts';
import type { Catalogue } from '../../profiles/list.ts';
import type { WrittenProfile } from '../../profiles/write.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl profile diff`. */
export interface DiffReport {
  readonly equal: boolean;
  readonly changes: readonly ProfileChange[];
}

/** The path, or the profile itself when nothing was written; what to look at comes last. */
export function renderWritten({ path, written, notes, text }: WrittenProfile): string {
  const head = written ? path : `# ${path}\n${text.trimEnd()}`;
  return [head, ...notes.map((note) => `# ${note}`)].join('\n');
}

/** One line for each difference. */
export function renderDiff({ changes }: DiffReport): string {
  if (changes.length === 0) return 'The profiles mean the same.';
  return changes
    .map(({ path, change, from, to }) => {
      const show = (value: unknown) =>
        value === true && path.startsWith('engine_args.') ? '(set)' : JSON.stringify(value);
      if (change === 'added') return `+ ${path}: ${show(to)}`;
      if (change === 'removed') return `- ${path}: ${show(from)}`;
      return `~ ${path}: ${show(from)} -> ${show(to)}`;
    })
    .join('\n');
}

/** The files that are not in the fixed form, or were not. */
export function renderFormat({ files, changed, written }: FormatReport): string {
  const done = written ? 'formatted' : 'not formatted';
  return [...changed, `${changed.length} of ${files} ${files === 1 ? 'profile' : 'profiles'} ${done}`].join('\n');
}

/** Table of the catalogue. */
export function renderCatalogue({ profiles, invalid }: Catalogue): string {
  const rows = profiles.map(({ name, gpu, gpuCount, precision, metric, type, automatic }) => [
    name,
    `${gpuCount} x ${gpu}`,
    precision,
    metric,
    type,
    automatic ? 'automatic' : 'manual',
  ]);
  const table = renderTable(['NAME', 'GPUS', 'PRECISION', 'METRIC', 'TYPE', 'SELECTION'], rows);
  return [
    profiles.length === 0 ? 'No profile is like that.' : table,
    ...invalid.map((path) => `invalid: ${path}`),
  ].join('\n');
}
