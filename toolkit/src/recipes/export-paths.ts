import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProfilePath } from '../profiles/find.ts';

/** Files and folders as they are named, else a model's folder or a profile below the profiles folder. */
export function resolveExportPaths(names: readonly string[], root: string): string[] {
  return names.map((name) => {
    const candidates = [resolve(name), join(root, name)];
    return candidates.find((path) => existsSync(path)) ?? findProfilePath(name, root);
  });
}
