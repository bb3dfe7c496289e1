import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContext, ROOT_ARCHIVE } from './context.ts';
import type { ImagePlan } from './plan.ts';
import { archiveSize, END_OF_ARCHIVE, LATEST_TIME, padding, renderHeader } from './ustar.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'context-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function planOf(text: string): ImagePlan {
  const source = join(folder, 'source');
  writeFileSync(source, text);
  return {
    kind: 'base',
    aimId: undefined,
    reference: 'x:1',
    version: '1',
    base: 'debian',
    entries: [
      { kind: 'directory', path: '/w', mode: 0o755, owner: 0 },
      { kind: 'directory', path: '/w/cache', mode: 0o1777, owner: 1000 },
      { kind: 'file', path: '/w/run', mode: 0o755, source },
    ],
    labels: {},
    env: {},
    workdir: undefined,
    user: undefined,
    entrypoint: undefined,
    createdAt: 1_750_000_000,
  };
}

const bytesOf = async (plan: ImagePlan) => buffer(await createContext(plan, 'FROM debian\n'));
const tar = (archive: Buffer, ...args: string[]) =>
  spawnSync('tar', args, { input: archive, env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } }).stdout;

describe('build contexts', () => {
  it('hold the Dockerfile and an archive with exact owners, modes and times, readable by tar', async () => {
    const context = await bytesOf(planOf('hello\n'));
    expect(tar(context, '-tf', '-').toString()).toBe(`Dockerfile\n${ROOT_ARCHIVE}\n`);
    const root = tar(context, '-xOf', '-', ROOT_ARCHIVE);
    const listing = tar(root, '--numeric-owner', '--full-time', '-tvf', '-').toString().replaceAll(/ +/g, ' ');
    expect(listing).toBe(
      'drwxr-xr-x 0/0 0 2025-06-15 15:06:40 w/\n' +
        'drwxrwxrwt 1000/1000 0 2025-06-15 15:06:40 w/cache/\n' +
        '-rwxr-xr-x 0/0 6 2025-06-15 15:06:40 w/run\n',
    );
    expect(tar(root, '-xOf', '-', 'w/run').toString()).toBe('hello\n');
  });

  it('never change: these bytes are part of what makes layers the same everywhere', async () => {
    const digest = createHash('sha256')
      .update(await bytesOf(planOf('hello\n')))
      .digest('hex');
    expect(digest).toMatchInlineSnapshot(`"7b25f7a6cbc7124c4e7a2e55220f7e1b6797a602819ce04afbc1e9a5e46e713f"`);
  });

  it("do not depend on a source file's time", async () => {
    const plan = planOf('hello\n');
    const before = await bytesOf(plan);
    utimesSync(join(folder, 'source'), 1, 1);
    expect(before.equals(await bytesOf(plan))).toBe(true);
  });

  it('fail when a file changes between planning and reading, or is missing', async () => {
    const plan = planOf('hello\n');
    const context = await createContext(plan, '');
    appendFileSync(join(folder, 'source'), 'more');
    await expect(buffer(context)).rejects.toThrow(/changed while/);
    rmSync(join(folder, 'source'));
    await expect(createContext(plan, '')).rejects.toMatchObject({ code: 'environment' });
  });
});

describe('ustar', () => {
  const entry = { kind: 'file', path: 'a', mode: 0o644, owner: 0, mtime: 0, sizeBytes: 0 } as const;

  it('splits long paths so that tar reads them back', () => {
    const path = `${'d'.repeat(90)}/${'e'.repeat(50)}/${'f'.repeat(80)}`;
    const archive = Buffer.concat([renderHeader({ ...entry, path }), END_OF_ARCHIVE]);
    expect(tar(archive, '-tf', '-').toString()).toBe(`${path}\n`);
    expect(archive).toHaveLength(archiveSize([{ ...entry, path }]));
  });

  it('refuses what the format cannot hold', () => {
    expect(() => renderHeader({ ...entry, path: 'x'.repeat(101) })).toThrow(RangeError);
    expect(() => renderHeader({ ...entry, sizeBytes: 8 * 1024 ** 3 })).toThrow(RangeError);
    expect(() => renderHeader({ ...entry, mtime: LATEST_TIME + 1 })).toThrow(RangeError);
    expect(() => renderHeader({ ...entry, owner: 8 ** 7 })).toThrow(RangeError);
    expect(renderHeader({ ...entry, mtime: LATEST_TIME }).toString('latin1', 136, 148)).toBe('77777777777\u0000');
  });

  it.each([0, 1, 511, 512, 513])('pads %i bytes to whole blocks', (sizeBytes) => {
    expect((sizeBytes + padding(sizeBytes).length) % 512).toBe(0);
    expect(padding(sizeBytes).length).toBeLessThan(512);
  });
});
