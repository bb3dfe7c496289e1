import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** One file of the simulator's Python package; `path` starts with `vllm/`. */
export interface PackageFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Files of the Python package under `root`, in a fixed order, without byte code. */
export function loadSimulator(root: string): readonly PackageFile[] {
  return readdirSync(join(root, 'vllm'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: relative(root, file), content: readFileSync(file) }));
}

/** Twelve hexadecimal digits that change with any name or byte of the files and with the recipe around them. */
export function computeContentHash(recipe: string, files: readonly PackageFile[]): string {
  const hash = createHash('sha256').update(recipe);
  for (const { path, content } of files) hash.update(`\0${path}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 12);
}

/** Writes the files below `folder`, readable by every user whatever the umask is. */
export function writeFiles(folder: string, files: readonly PackageFile[]): void {
  const umask = process.umask(0o022);
  try {
    for (const { path, content } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content, { mode: 0o644 });
    }
  } finally {
    process.umask(umask);
  }
}
