import { readDocument } from '../documents/files.ts';
import { writeDocuments } from '../documents/write.ts';
import { formatProfile } from './format.ts';

/** What formatting did to files, or would do. */
export interface FormatReport {
  readonly files: number;
  /** Files whose form was not the fixed one. */
  readonly changed: readonly string[];
  /** The changed files were written. */
  readonly written: boolean;
}

/**
 * Puts profiles into their one form, or only says which are not in it.
 * @throws AimError usage when a file cannot be read, before any is written; environment when one cannot be written
 */
export function formatFiles(paths: readonly string[], { write }: { readonly write: boolean }): FormatReport {
  const changed = paths.flatMap((path) => {
    const text = readDocument(path);
    const formatted = formatProfile(text);
    return formatted === text ? [] : [{ path, text: formatted }];
  });
  if (write) writeDocuments(changed, { force: true });
  return { files: paths.length, changed: changed.map(({ path }) => path), written: write };
}
