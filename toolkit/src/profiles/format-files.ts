import { readFileSync, writeFileSync } from 'node:fs';
import { formatProfile } from './format.ts';

/** What formatting did to files, or would do. */
export interface FormatReport {
  readonly files: number;
  /** Files whose form was not the fixed one. */
  readonly changed: readonly string[];
  /** The changed files were written. */
  readonly written: boolean;
}

/** Puts profiles into their one form, or only says which are not in it. */
export function formatFiles(paths: readonly string[], { write }: { readonly write: boolean }): FormatReport {
  const changed = paths.filter((path) => {
    const text = readFileSync(path, 'utf8');
    const formatted = formatProfile(text);
    if (formatted === text) return false;
    if (write) writeFileSync(path, formatted);
    return true;
  });
  return { files: paths.length, changed, written: write };
}
