import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aimctl, type Run } from '../integration/engine.ts';
import { checkedJson } from '../lib/aimctl.ts';
import { startGitHubServer, type GitHubServer } from '../lib/github-server.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from '../lib/oci-fake-registry.ts';
import { pushBase, renderProfile, writeModels } from '../lib/push-fixtures.ts';

const EVENTS = join(import.meta.dirname, '../fixtures/github-events');
const models = writeModels(1);
const home = mkdtempSync(join(tmpdir(), 'aimctl-version-'));
let fake: FakeRegistry;
let github: GitHubServer;
beforeAll(async () => {
  fake = await startFakeRegistry();
  github = await startGitHubServer();
  const client = testClient();
  for (const tag of ['0.9', '0.9-rc1']) await pushBase(client, `${fake.host}/org/aim-base:${tag}`, 2);
  client.close();
});
afterAll(async () => {
  await fake.stop();
  await github.stop();
  for (const folder of [models.folder, home]) rmSync(folder, { recursive: true });
});

const env = { HOME: home, SOURCE_DATE_EPOCH: '1750000000', DOCKER_HOST: 'unix:///nonexistent.sock' };
const run = (args: readonly string[], more: Record<string, string> = {}): Promise<Run> =>
  aimctl(args, { env: { ...env, ...more } });
const place = () => ['--profiles', models.profiles, '--registry', `${fake.host}/org`];
const change = (value: number) => writeFileSync(models.profileOf(0), renderProfile(0, value));
/** The surroundings of a workflow. */
const actions = (event: string, name: string, ref: string) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_PATH: join(EVENTS, `${event}.json`),
  GITHUB_EVENT_NAME: name,
  GITHUB_REF: ref,
  GITHUB_REPOSITORY: 'acme/aim',
  GITHUB_TOKEN: github.token,
  GITHUB_API_URL: github.url,
  GITHUB_SHA: github.repository().refs.get('refs/heads/main') ?? '',
});

describe('in a workflow', () => {
  it('pushes what version said, for the event that Actions names, under the lock of the repository', async () => {
    const event = actions('push-branch', 'push', 'refs/heads/feature/new-model');
    const shown = await run(['version', ...place(), '--json'], event);
    expect(checkedJson('version', shown)).toMatchObject({
      version: '0.9',
      stage: 'rc',
      event: { kind: 'branch' },
      images: [
        { image: 'aim-base', tag: '0.9', state: 'not-compared' },
        { image: 'acme/Model-0', tag: '0.9.0-rc1', state: 'new', floating: [] },
      ],
    });
    const pushed = await run(['push', '--all', ...place(), '--json'], event);
    expect(pushed.status, pushed.stderr).toBe(0);
    expect(checkedJson('push', pushed)).toMatchObject({
      images: [{ reference: `${fake.host}/org/aim-acme-model-0:0.9.0-rc1`, action: 'pushed' }],
    });
    expect([...github.repository().refs.keys()].some((ref) => ref.startsWith('refs/aim/locks/'))).toBe(true);
    expect(pushed.stderr + pushed.stdout).not.toContain(github.token);
  });

  it('a release pull request gives official tags, and flags win over the surroundings', async () => {
    const event = actions('pull-request-release', 'pull_request', 'refs/pull/42/merge');
    const shown = checkedJson('version', await run(['version', ...place(), '--json'], event));
    expect(shown).toMatchObject({ stage: 'official', images: [{}, { tag: '0.9.0', floating: ['0.9', 'latest'] }] });
    const other = await run(['version', ...place(), '--ref', 'refs/heads/x', '--json'], event);
    expect(checkedJson('version', other)).toMatchObject({ stage: 'rc', images: [{}, { state: 'up-to-date' }] });
  });

  it('a token that may not write fails before anything is pushed, and names what is missing', async () => {
    change(7);
    const event = { ...actions('push-branch', 'push', 'refs/heads/x'), GITHUB_TOKEN: 'nobody' };
    const failed = await run(['push', '--all', ...place()], event);
    change(1);
    expect(failed.status).toBe(4);
    expect(failed.stderr).toContain('Bad credentials');
    expect([...(fake.store.repositories.get('org/aim-acme-model-0')?.tags.keys() ?? [])]).toEqual(['0.9.0-rc1']);
  });
});

describe('a base image that is released', () => {
  it('with other content fails with 3 and asks for a bump', async () => {
    const runtime = join(home, 'aim-runtime');
    writeFileSync(runtime, 'a runtime');
    const flags = [
      '--registry',
      `${fake.host}/org`,
      '--base',
      `${fake.host}/org/aim-base:0.9-rc1`,
      '--runtime',
      runtime,
    ];
    const failed = await run(['build-base', '--push', ...flags, '--json']);
    expect(failed.status).toBe(3);
    expect(checkedJson('error', failed)).toMatchObject({
      error: {
        code: 'check-failed',
        message: expect.stringContaining('version 0.9 was released with other content') as string,
        hint: expect.stringContaining('0.10.0') as string,
      },
    });
  });
});

describe('tag', () => {
  const image = () => `${fake.host}/org/aim-base:0.9`;

  it('shows what it would do, then does it, then finds it done', async () => {
    const args = ['tag', image(), '--tag', 'stable', '--json'];
    const shown = await run([...args, '--dry-run']);
    expect(checkedJson('tag', shown)).toMatchObject({ applied: false, tags: [{ action: 'create' }] });
    expect(fake.store.repositories.get('org/aim-base')?.tags.has('stable')).toBe(false);
    expect((await run(args)).status).toBe(2);
    const done = await run([...args, '--yes']);
    expect(checkedJson('tag', done)).toMatchObject({ applied: true, tags: [{ action: 'create' }] });
    const { tags } = fake.store.repositories.get('org/aim-base')!;
    expect(tags.get('stable')).toBe(tags.get('0.9'));
    expect(checkedJson('tag', await run(args))).toMatchObject({ tags: [{ action: 'keep' }] });
  });

  it('and a push of a version that was named take the lock of the repository in a workflow', async () => {
    const event = actions('push-branch', 'push', 'refs/heads/x');
    const locks = () => github.log.filter((line) => /^(?:POST|PATCH) .*\/git\/refs/.test(line)).length;
    for (const args of [
      ['tag', image(), '--tag', 'locked', '--yes'],
      ['push', '--all', ...place(), '--tag', '0.9.77'],
      ['build-model', '--all', '--push', ...place(), '--tag', '0.9.78'],
    ]) {
      const before = locks();
      const ended = await run(args, event);
      expect(ended.status, ended.stderr).toBe(0);
      expect(locks() - before).toBe(2);
    }
  });

  it.each([
    { args: ['--tag', '0.9'], image: ':0.9-rc1', status: 0, text: 'keep' },
    { args: ['--tag', 'latest', '--yes'], image: ':0.9-rc1', status: 3, text: 'only moves forward' },
    { args: ['--tag', 'a/b', '--yes'], image: ':0.9', status: 2, text: 'is no image tag' },
    { args: ['--yes'], image: ':0.9', status: 2, text: '--tag' },
    { args: ['--tag', 'x', '--registry', 'ghcr.io'], image: ':0.9', status: 2, text: 'REFERENCE' },
    { args: ['--tag', 'x', '--yes'], image: ':none', status: 5, text: 'does not exist' },
    { args: ['--tag', 'x'], image: undefined, status: 2, text: 'no image and no registry|needs a REFERENCE' },
    { args: ['--registry', 'localhost:1'], image: undefined, status: 4, text: 'nonexistent.sock' },
  ])('$image $args ends with $status', async ({ args, image: name, status, text }) => {
    const ended = await run([
      'tag',
      ...(name === undefined ? [] : [`${fake.host}/org/aim-base${name}`]),
      ...args,
      '--json',
    ]);
    expect(ended.status).toBe(status);
    expect(ended.stdout + ended.stderr).toMatch(new RegExp(text));
  });
});

describe('wrong input to version', () => {
  const text = join(home, 'event.json');
  writeFileSync(text, 'no JSON');

  it.each([
    { args: ['--event', '/nonexistent.json'], words: 'cannot read the event payload' },
    { args: ['--event', text], words: 'cannot read the event payload' },
    { args: ['--event', join(EVENTS, 'push-deleted.json')], words: 'was deleted' },
    { args: ['--event', join(EVENTS, 'push-tag-old.json')], words: 'none of line' },
    { args: ['--event-name', 'star'], words: 'names no branch, tag or pull request' },
    { args: ['--images', 'nobody/Nothing'], words: 'no profiles' },
    { args: ['--registry', 'https://ghcr.io'], words: 'no registry' },
  ])('$args ends with 2', async ({ args, words }) => {
    const ended = await run(['version', '--profiles', models.profiles, ...args]);
    expect(ended.status, ended.stderr).toBe(2);
    expect(ended.stderr).toContain(words);
    expect(ended.stdout).toBe('');
  });
});
