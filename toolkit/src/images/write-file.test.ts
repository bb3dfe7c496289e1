import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeWholeFile } from './write-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'write-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

it('writes a file that replaces the one before, and tells how far it is', async () => {
  const file = join(folder, 'deep/file');
  const written: number[] = [];
  const parts = [Buffer.from('ab'), Buffer.from('c')];
  expect(await writeWholeFile(file, parts, { signal, onWritten: (bytes) => written.push(bytes) })).toBe(3);
  await writeWholeFile(file, [Buffer.from('new')], { signal });
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(written).toEqual([2, 3]);
  expect(readdirSync(join(folder, 'deep'))).toEqual(['file']);
});

it('leaves what was there before when the content ends with an error or the user interrupts', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'old');
  function* broken() {
    yield Buffer.from('half');
    throw new Error('the connection broke');
  }
  await expect(writeWholeFile(file, broken(), { signal })).rejects.toThrow('the connection broke');
  const controller = new AbortController();
  function* interrupted() {
    yield Buffer.from('half');
    controller.abort(new Error('interrupted'));
    yield Buffer.from('more');
  }
  await expect(writeWholeFile(file, interrupted(), { signal: controller.signal })).rejects.toThrow('interrupted');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['file']);
});

it('says what is wrong with the place', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(writeWholeFile(join(folder, 'file/below'), [], { signal })).rejects.toMatchObject({
    code: 'disk',
    message: expect.stringContaining(join(folder, 'file/below')) as string,
  });
});
