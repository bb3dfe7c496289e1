import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathProblem } from './path-problem.ts';
import { makeFolder } from './safe-path.ts';

describe('pathProblem', () => {
  it('lets nothing through that leaves the folder', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '/', '\\', '\0', '...', '~', 'b c');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/')),
        (path) => {
          fc.pre(pathProblem(path) === undefined);
          expect(resolve('/root/folder', path).startsWith(`/root/folder${sep}`)).toBe(true);
        },
      ),
    );
  });
  it.each(['a', 'a/b.json', '...', '.gitattributes', 'ünï/çödé'])('allows %s', (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
  it.each(['', '/a', '../a', 'a/..', 'a//b', 'a/', './a', 'a\\b', 'a\nb', 'x'.repeat(300)])('refuses %j', (path) => {
    expect(pathProblem(path)).toBeDefined();
  });
});

describe('makeFolder', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'aim-safe-'));
    mkdirSync(join(top, 'root'));
    mkdirSync(join(top, 'outside'));
  });
  afterEach(() => {
    rmSync(top, { recursive: true, force: true });
  });

  it('makes folders, and follows a link that stays inside', async () => {
    mkdirSync(join(top, 'root/real'));
    symlinkSync('real', join(top, 'root/link'));
    await makeFolder(join(top, 'root'), 'link/a/b');
    expect(readdirSync(join(top, 'root/real/a'))).toEqual(['b']);
  });

  it.each(['../outside', '/', 'nowhere/at/all'])('refuses a link to %s', async (target) => {
    symlinkSync(target, join(top, 'root/link'));
    await expect(makeFolder(join(top, 'root'), 'link/a')).rejects.toMatchObject({ code: 'cache' });
    expect(readdirSync(join(top, 'outside'))).toEqual([]);
  });
});
