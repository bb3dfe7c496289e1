import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSources } from './recorded-sources.ts';

describe('sources of a commit', () => {
  const repository = mkdtempSync(join(tmpdir(), 'sources-'));
  const root = join(repository, 'nested');
  const exec = createExec(process.env);
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, ...identity, ...args], { encoding: 'utf8' }).trim();
  const commit = (text: string) => {
    mkdirSync(join(root, 'profiles'), { recursive: true });
    writeFileSync(join(root, 'profiles/p.yaml'), text);
    git('add', '.');
    git('commit', '--quiet', '-m', text);
    return git('rev-parse', 'HEAD');
  };
  let first = '';
  let second = '';
  beforeAll(() => {
    git('init', '--quiet');
    first = commit('one');
    second = commit('two');
  });
  afterAll(() => rmSync(repository, { recursive: true }));

  it('are a checkout beside the working tree, which is gone afterwards', () => {
    const sources = openSources(first, { root, revision: second }, exec);
    expect(readFileSync(join(sources.profiles, 'p.yaml'), 'utf8')).toBe('one');
    expect(readFileSync(join(root, 'profiles/p.yaml'), 'utf8')).toBe('two');
    sources.dispose();
    expect(existsSync(sources.profiles)).toBe(false);
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it.each(['-dirty', ''])('are the working tree when that is what the image names (%j)', (suffix) => {
    const revision = `${second}${suffix}`;
    expect(openSources(revision, { root, revision }, exec).profiles).toBe(join(root, 'profiles'));
  });

  it.each([
    { wanted: '', code: 'check-failed', text: 'does not say which commit' },
    { wanted: `${'a'.repeat(40)}-dirty`, code: 'check-failed', text: 'were not committed' },
    { wanted: 'a'.repeat(40), code: 'environment', text: 'git cannot check out' },
    { wanted: '--upload-pack=x', code: 'check-failed', text: 'not committed' },
  ])('do not exist for "$wanted"', ({ wanted, code, text }) => {
    expect(() => openSources(wanted, { root, revision: second }, exec)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error,
    );
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });
});
