import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEventFacts } from './event-facts.ts';

const root = mkdtempSync(join(tmpdir(), 'aimctl-events-'));
const payload = join(root, 'payload.json');
const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { stdio: 'pipe' });
const load = (flags: Parameters<typeof loadEventFacts>[0], env: NodeJS.ProcessEnv = {}) =>
  loadEventFacts(flags, { env, exec: createExec(process.env), root });

beforeAll(() => {
  git('init', '--quiet', '--initial-branch', 'release/0.9');
  writeFileSync(payload, '{"ref": "refs/heads/x"}');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'Begin');
});
afterAll(() => rmSync(root, { recursive: true }));

describe('what is known of the event', () => {
  const actions = {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_PATH: payload,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/heads/x',
    GITHUB_BASE_REF: '',
  };

  it('is the checkout where there is none: a release branch at a keyboard is no release event', () => {
    const nothing = { name: undefined, payload: undefined, ref: undefined, baseRef: undefined };
    expect(load({})).toEqual({ ...nothing, local: { branch: 'release/0.9' } });
    git('checkout', '--quiet', '--detach');
    expect(load({}).local.branch).toBeUndefined();
    git('checkout', '--quiet', 'release/0.9');
  });

  it('is what Actions says, and only there', () => {
    expect(load({}, actions)).toMatchObject({ name: 'push', payload: { ref: 'refs/heads/x' }, ref: 'refs/heads/x' });
    expect(load({}, actions).baseRef).toBeUndefined();
    expect(load({}, { ...actions, GITHUB_ACTIONS: '' }).local.branch).toBe('release/0.9');
  });

  it('is what flags say, without anything that Actions says', () => {
    const facts = load({ ref: 'refs/heads/y' }, actions);
    expect(facts).toMatchObject({ name: undefined, payload: undefined, ref: 'refs/heads/y' });
    expect(load({ event: payload }).payload).toEqual({ ref: 'refs/heads/x' });
  });
});
