import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Keeps the name of a draft below the 255 bytes that file systems allow, whatever the characters. */
const LONGEST_START = 50;

/** A name beside `path` that nobody can foresee, for what is to take its place by a rename. */
export function draftOf(path: string): string {
  return join(dirname(path), `${basename(path).slice(0, LONGEST_START)}.${randomUUID()}`);
}

/** Writes a whole file in one step. A link under its name is replaced; nothing is ever written through one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = draftOf(path);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Adds to the end of a file, which is made when it is not there. Fails with ELOOP when its name is a link. */
export async function appendToFile(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o644);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
