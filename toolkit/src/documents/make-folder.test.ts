import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'folders-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a folder with those above it, and again without harm', () => {
  const path = join(folder, 'a/b/c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

it('says what the system says', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolder(join(folder, 'file/below'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

// Nothing can be written there: the kernel refuses each folder with ENOENT.
it.runIf(existsSync('/proc/self'))('ends in places that refuse with ENOENT', () => {
  expect(() => makeFolder('/proc/nothing/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
