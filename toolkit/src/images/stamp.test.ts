import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStamp } from './stamp.ts';

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

  it.each(['yesterday', '-1', '1.5', '99999999999999'])('refuses SOURCE_DATE_EPOCH=%s', (sourceDateEpoch) => {
    expect(() => loadStamp({ folder, recorded: undefined, sourceDateEpoch }, () => undefined)).toThrow(
      /SOURCE_DATE_EPOCH/,
    );
  });
});
