import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendToFile, replaceFile } from './write-file.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-write-'));
  writeFileSync(at('target'), 'not ours');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('replaceFile', () => {
  it.each(['new', 'n'.repeat(255)])('writes a file, and one that is there', async (name) => {
    await replaceFile(at(name), 'one');
    await replaceFile(at(name), 'two');
    expect(readFileSync(at(name), 'utf8')).toBe('two');
    expect(readdirSync(folder).sort()).toEqual([name, 'target']);
  });
  it('replaces a link instead of what it leads to', async () => {
    symlinkSync('target', at('link'));
    await replaceFile(at('link'), 'mine');
    expect(lstatSync(at('link')).isFile()).toBe(true);
    expect(readFileSync(at('target'), 'utf8')).toBe('not ours');
  });
  it('leaves no draft behind when it fails', async () => {
    mkdirSync(at('folder'));
    await expect(replaceFile(at('folder'), 'mine')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readdirSync(folder).sort()).toEqual(['folder', 'target']);
  });
});

describe('appendToFile', () => {
  it('makes the file and adds to it', async () => {
    await appendToFile(at('log'), 'a');
    await appendToFile(at('log'), 'b');
    expect(readFileSync(at('log'), 'utf8')).toBe('ab');
  });
  it('writes through no link', async () => {
    symlinkSync('target', at('link'));
    await expect(appendToFile(at('link'), 'x')).rejects.toMatchObject({ code: 'ELOOP' });
    expect(readFileSync(at('target'), 'utf8')).toBe('not ours');
  });
});
