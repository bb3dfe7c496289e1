import { readFileSync } from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { isManifestFile, type Manifest, type ManifestFile } from './manifest.ts';

/** Reads the record of files that a download has put in place so far; a line cut off by a kill is skipped. */
export function readPlaced(path: string): Map<string, ManifestFile> {
  const placed = new Map<string, ManifestFile>();
  for (const line of readLines(path)) {
    try {
      const value: unknown = JSON.parse(line);
      if (isManifestFile(value)) placed.set(value.path, value);
    } catch {
      continue; // cut off: the file is looked at again
    }
  }
  return placed;
}

/** Adds a file to the record. */
export async function appendPlaced(path: string, file: ManifestFile): Promise<void> {
  // The line break comes first: after a line that was cut off, this one still stands alone.
  await appendFile(path, `\n${JSON.stringify(file)}`);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return []; // nothing was placed yet
  }
}

/** Writes a marker in one step. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(manifest, undefined, 1)}\n`);
  await rename(draft, path);
}
