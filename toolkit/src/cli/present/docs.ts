import type { DocsPlan } from '../../docs/update.ts';

/** Result of `aimctl docs`. */
export interface DocsReport extends DocsPlan {
  readonly folder: string;
  /** False with `--check`. */
  readonly written: boolean;
}

/** One line per page that differs, then the count. */
export function renderDocs({ folder, written, added, changed, removed, unchanged }: DocsReport): string {
  const lines = [
    ...added.map((path) => `  + ${path}`),
    ...changed.map((path) => `  ~ ${path}`),
    ...removed.map((path) => `  - ${path}`),
  ];
  const count = `${unchanged} pages in ${folder} are up to date`;
  if (lines.length === 0) return `${count}.`;
  const verdict = written ? 'brought up to date' : 'out of date: run aimctl docs';
  return [...lines, `${lines.length} pages ${verdict}, ${count}.`].join('\n');
}
