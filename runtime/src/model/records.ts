import { readFileSync } from 'node:fs';
import { isManifestFile, type Manifest, type ManifestFile } from './manifest.ts';
import type { RemoteFile } from './remote.ts';
import { appendToFile, replaceFile } from './write-file.ts';

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

/** Writes the record anew with these files. */
export async function writePlaced(path: string, files: Iterable<ManifestFile>): Promise<void> {
  await replaceFile(path, Array.from(files, (file) => JSON.stringify(file)).join('\n'));
}

/**
 * Notes that a file is about to be put in place. After a kill at that moment it is known to be ours, and nothing is
 * known of its content: no file looks like this entry.
 */
export async function announcePlaced(path: string, { path: name, sizeBytes }: RemoteFile): Promise<void> {
  const entry = { path: name, sizeBytes, sha256: '', digest: undefined, version: undefined, sample: '' };
  await appendPlaced(path, entry);
}

/** Adds a file to the record. */
export async function appendPlaced(path: string, file: ManifestFile): Promise<void> {
  // The line break comes first: after a line that was cut off, this one still stands alone.
  await appendToFile(path, `\n${JSON.stringify(file)}`);
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
  await replaceFile(path, `${JSON.stringify(manifest, undefined, 1)}\n`);
}
