import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeDocuments } from '../documents/write.ts';
import { failure } from '../exit-codes.ts';
import type { NewProfile } from './clone.ts';

/** A profile with the place it belongs to, and whether it was put there. */
export interface WrittenProfile {
  readonly path: string;
  readonly written: boolean;
  readonly notes: readonly string[];
  readonly text: string;
}

export interface WriteOptions {
  /** Folder of the catalogue's profiles. */
  readonly root: string;
  /** File to write instead of the one its contents ask for. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

/**
 * Writes a profile to `<root>/<org>/<model>/<name>.yaml`, or to `general`. Throws AimError `usage` when there is
 * a file already and it may not be overwritten, `environment` when it cannot be written.
 */
export function writeProfile(
  profile: NewProfile & { readonly aimId: string | undefined },
  options: WriteOptions,
): WrittenProfile {
  const path = options.output ?? join(options.root, profile.aimId ?? 'general', profile.fileName);
  const result = { path, written: !options.dryRun, notes: profile.notes, text: profile.text };
  if (options.dryRun) return result;
  if (existsSync(path) && !options.overwrite) {
    throw failure('usage', {
      message: `${path} exists already`,
      hint: 'Overwrite it with --force, or name another file with --output.',
    });
  }
  writeDocuments([{ path, text: profile.text }], { force: true });
  return result;
}
