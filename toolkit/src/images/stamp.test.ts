import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStamp, markUncommitted, type GivenPath } from './stamp.ts';

const exec = createExec({
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_COMMITTER_DATE: '1700000000 +0100',
});
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stamp-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) => expect(exec('git', ['-C', folder, ...args], { timeoutMs: 10_000 })?.status).toBe(0);

describe('loadStamp', () => {
  it("takes time and revision from git and says when an image's files differ from the commit", () => {
    git('init', '-q');
    mkdirSync(join(folder, 'profiles'));
    writeFileSync(join(folder, 'profiles/a.yaml'), '');
    git('add', '.');
    git('commit', '-qm', 'first');
    const source = { folder, recorded: undefined, sourceDateEpoch: undefined };
    const clean = loadStamp(source, exec);
    expect(clean).toEqual({ createdAt: 1_700_000_000, revision: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
    writeFileSync(join(folder, 'unrelated'), '');
    expect(loadStamp(source, exec)).toEqual(clean);
    writeFileSync(join(folder, 'profiles/a.yaml'), 'changed');
    expect(loadStamp(source, exec).revision).toBe(`${clean.revision}-dirty`);
    expect(loadStamp({ ...source, sourceDateEpoch: '5' }, exec)).toMatchObject({ createdAt: 5 });
  });

  it('takes what the package recorded, else a fixed time', () => {
    const recorded = join(folder, 'source.json');
    writeFileSync(recorded, '{"createdAt":7,"revision":"abc"}');
    expect(loadStamp({ folder, recorded, sourceDateEpoch: undefined }, exec)).toEqual({
      createdAt: 7,
      revision: 'abc',
    });
    expect(loadStamp({ folder, recorded: undefined, sourceDateEpoch: '' }, () => undefined)).toEqual({
      createdAt: 0,
      revision: '',
    });
  });

  it.each(['yesterday', '-1', '1.5', '99999999999999', '8589934592'])(
    'refuses SOURCE_DATE_EPOCH=%s',
    (sourceDateEpoch) => {
      expect(() => loadStamp({ folder, recorded: undefined, sourceDateEpoch }, () => undefined)).toThrow(
        /SOURCE_DATE_EPOCH/,
      );
    },
  );
});

describe('markUncommitted', () => {
  const stamp = { createdAt: 5, revision: 'a'.repeat(40) };
  const dirty = { ...stamp, revision: `${stamp.revision}-dirty` };
  const write = (name: string, text = '') => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  let clone: string;
  const stampFor = (given: string, own?: string) =>
    markUncommitted(stamp, { repository: clone, paths: [{ given, own }] }, exec);

  beforeEach(() => {
    clone = join(folder, 'clone');
    for (const name of ['profiles/a.yaml', 'other/[a].yaml', 'runtime/a.ts']) write(join('clone', name));
    write('clone/.gitignore', 'dist/\n');
    write('clone/runtime/dist/program', 'built');
    write('outside/a.yaml');
    git('init', '-q', clone);
    for (const args of [
      ['add', '.'],
      ['commit', '-qm', 'first'],
    ])
      git('-C', clone, ...args);
  });

  it('keeps the revision for what its commit holds', () => {
    expect(stampFor(join(clone, 'other'))).toEqual(stamp);
    symlinkSync(join(clone, 'other'), join(folder, 'link'));
    expect(stampFor(join(folder, 'link'))).toEqual(stamp);
  });

  it('marks what is outside of the clone, changed, new or ignored', () => {
    expect(stampFor(join(folder, 'outside'))).toEqual(dirty);
    expect(stampFor(join(folder, 'missing'))).toEqual(dirty);
    expect(stampFor(join(clone, 'runtime/dist/program'))).toEqual(dirty);
    write('clone/new/a.yaml');
    expect(stampFor(join(clone, 'new'))).toEqual(dirty);
    write('clone/other/[a].yaml', 'changed');
    expect(stampFor(join(clone, 'other'))).toEqual(dirty);
    expect(stampFor(join(clone, 'other/[a].yaml'))).toEqual(dirty);
    expect(stampFor(join(clone, 'profiles'))).toEqual(stamp);
    symlinkSync(join(folder, 'outside'), join(clone, 'inside'));
    expect(stampFor(join(clone, 'inside'))).toEqual(dirty);
  });

  it("leaves this program's own files to its stamp, however they are named", () => {
    const program = join(clone, 'runtime/dist/program');
    symlinkSync(program, join(folder, 'link'));
    expect(stampFor(join(folder, 'link'), program)).toEqual(stamp);
    expect(markUncommitted(stamp, { repository: clone, paths: [{ given: undefined, own: program }] }, exec)).toBe(
      stamp,
    );
  });

  it('takes nothing for committed without a clone, and has nothing to add to a mark or to no revision', () => {
    const paths: GivenPath[] = [{ given: join(clone, 'other'), own: undefined }];
    expect(markUncommitted(stamp, { repository: undefined, paths }, exec)).toEqual(dirty);
    for (const known of [dirty, { ...stamp, revision: '' }])
      expect(markUncommitted(known, { repository: undefined, paths }, exec)).toEqual(known);
  });
});
