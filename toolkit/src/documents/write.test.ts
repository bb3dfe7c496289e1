import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeDocuments } from './write.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'documents-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const REFUSED = { code: 'environment', message: expect.stringContaining('cannot write') as string };

it('writes through a link and keeps the permissions of what it replaces', () => {
  const file = join(folder, 'target/file.yaml');
  mkdirSync(join(folder, 'target'));
  writeFileSync(file, 'old');
  chmodSync(file, 0o664);
  const link = join(folder, 'link.yaml');
  symlinkSync(file, link);
  expect(writeDocuments([{ path: link, text: 'new' }], { force: true })).toEqual(['replaced']);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o664);
  expect(readdirSync(join(folder, 'target'))).toEqual(['file.yaml']);
});

it('refuses a folder, a device and a file above, and leaves nothing behind', () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'folder'));
  for (const path of [join(folder, 'folder'), '/dev/null', join(folder, 'file/below/it')]) {
    expect(() => writeDocuments([{ path, text: 'x' }], { force: true })).toThrow(expect.objectContaining(REFUSED));
  }
  expect(readdirSync(folder)).toEqual(['file', 'folder']);
});
