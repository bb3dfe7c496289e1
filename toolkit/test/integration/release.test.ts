import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/generated/release-record.js';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { startGitHubServer, type GitHubServer } from '../lib/github-server.ts';
import { CHECK_ROUTES, checkRunsOf } from '../lib/github-server/check-runs.ts';
import { COMMENT_ROUTES, commentsOf } from '../lib/github-server/comments.ts';
import { RELEASE_ROUTES, releasesOf } from '../lib/github-server/releases.ts';
import { testClient } from '../lib/oci-client.ts';
import { createFileLock } from '../../src/versions/file-lock.ts';
import { findRegistryProgram, startRealRegistry, type RunningRegistry } from '../lib/oci-real-registry.ts';
import { pushBase, renderProfile, writeModels } from '../lib/push-fixtures.ts';
import { aimctl, type Run } from './engine.ts';

const canRun = await findRegistryProgram();
const MODELS = 2;

interface ReleaseResult {
  readonly applied: boolean;
  readonly attested: boolean;
  readonly resumed: boolean;
  readonly record: ReleaseRecord;
}

/** A release names the commit these tests run from, so the local GitHub has to have it, as GitHub itself would. */
function knowOwnCommit(github: GitHubServer): void {
  const { status, stdout } = spawnSync('git', ['-C', REPOSITORY, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  const { commits, refs } = github.repository();
  const known = commits.get(refs.get('refs/heads/main')!)!;
  if (status === 0) commits.set(stdout.trim(), { ...known, sha: stdout.trim() });
}

describe.skipIf(!canRun)('release, promote and rollback against a real registry', () => {
  const models = writeModels(MODELS);
  const scratch = mkdtempSync(join(tmpdir(), 'aimctl-release-'));
  let registry: RunningRegistry;
  let github: GitHubServer;
  let client: Registry;
  let staging = '';
  let env: Record<string, string> = {};

  beforeAll(async () => {
    registry = await startRealRegistry();
    github = await startGitHubServer({ routes: [...RELEASE_ROUTES, ...COMMENT_ROUTES, ...CHECK_ROUTES] });
    knowOwnCommit(github);
    client = testClient();
    staging = `${registry.host}/staging`;
    await pushBase(client, `${staging}/aim-base:0.9`, 3);
    env = {
      HOME: scratch,
      SOURCE_DATE_EPOCH: '1750000000',
      AIMCTL_ALLOW_DIRTY: 'true',
      GITHUB_ACTIONS: '',
      GITHUB_TOKEN: '',
      GITHUB_REPOSITORY: '',
    };
  });
  afterAll(async () => {
    client.close();
    await registry.stop();
    await github.stop();
    for (const folder of [models.folder, scratch]) rmSync(folder, { recursive: true });
  });

  const onGitHub = () => ({
    GITHUB_TOKEN: github.token,
    GITHUB_REPOSITORY: 'acme/aim',
    GITHUB_API_URL: github.url,
    GITHUB_SHA: github.repository().refs.get('refs/heads/main')!,
  });
  const release = (args: readonly string[], more: Record<string, string> = {}): Promise<Run> =>
    aimctl(['release', '--all', '--registry', staging, '--profiles', models.profiles, ...args], {
      env: { ...env, ...more },
    });
  const resultOf = (run: Run): ReleaseResult => {
    expect(run.status, run.stderr).toBe(0);
    return checkedJson('release', run) as ReleaseResult;
  };
  const change = (value: number) => {
    for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, value));
  };
  const digestOf = async (namespace: string, tag: string) =>
    (await client.headManifest(parseReference(`${registry.host}/${namespace}/aim-acme-model-0`), tag))?.digest;
  const digests: string[] = [];
  const latestOf = async (namespace: string, digest: string) => {
    const repository = parseReference(`${namespace}/aim-acme-model-0`);
    const stored = await client.findManifest(repository, digest);
    return [repository, 'latest', stored!] as const;
  };

  it('asks first: with nobody to ask it refuses, and a dry run changes nothing', async () => {
    const refused = await release(['--json']);
    expect(refused.status).toBe(2);
    expect(checkedJson('error', refused)).toMatchObject({
      error: { hint: expect.stringContaining('--yes') as string },
    });
    const dry = resultOf(await release(['--json', '--dry-run']));
    expect(dry).toMatchObject({ applied: false, attested: false, signer: null, record: { release: '0.9.0' } });
    expect(await digestOf('staging', '0.9.0')).toBeUndefined();
  });

  it('releases, with attestations, a record and floating tags', async () => {
    const file = join(scratch, 'out/record.json');
    const { applied, attested, record } = resultOf(await release(['--json', '--yes', '--output', file]));
    expect([applied, attested]).toEqual([true, true]);
    const digest = await digestOf('staging', '0.9.0');
    digests.push(digest!);
    expect([await digestOf('staging', 'latest'), await digestOf('staging', '0.9')]).toEqual([digest, digest]);
    const attached = await client.listReferrers(parseReference(`${staging}/aim-acme-model-0`), digest!);
    expect(attached.length).toBeGreaterThanOrEqual(2);
    const written = JSON.parse(readFileSync(file, 'utf8')) as ReleaseRecord;
    expect(written).toEqual(record);
    const schema = JSON.parse(readFileSync(join(REPOSITORY, 'schemas/release-record.schema.json'), 'utf8')) as object;
    expect(new Ajv({ strict: true, allowUnionTypes: true }).validate(schema, written)).toBe(true);
    const again = resultOf(await release(['--json', '--yes']));
    expect(again).toMatchObject({ applied: false, attested: false, resumed: true, record: { release: '0.9.0' } });
  });

  it('tells GitHub with notes and the record, once, and says so when it cannot', async () => {
    change(2);
    const told = () => github.log.filter((line) => /^(?:POST|PATCH|DELETE) .*\/releases/.test(line));
    const first = await release(['--json', '--yes', '--github'], { ...onGitHub() });
    expect(first.status, first.stderr).toBe(0);
    expect(checkedJson('release', first)).toMatchObject({ github: { release: { action: 'created' }, comment: null } });
    const [published] = releasesOf(github.repository());
    expect(published).toMatchObject({ tag_name: 'v0.9.1', name: 'Release 0.9.1' });
    expect(published!.body).toContain('`env_vars.VLLM_USE_X`: `1` → `2`');
    expect(JSON.parse(published!.assets[0]!.bytes.toString())).toEqual(resultOf(first).record);
    const requests = told().length;
    const again = resultOf(await release(['--json', '--yes', '--github'], onGitHub()));
    expect(again).toMatchObject({ applied: false, github: { release: { action: 'unchanged' } } });
    expect(told()).toHaveLength(requests);
    const without = await release(['--yes', '--github'], { GITHUB_TOKEN: '' });
    expect([without.status, without.stderr]).toEqual([0, expect.stringContaining('GitHub was not told: GITHUB_TOKEN')]);
    digests.push((await digestOf('staging', '0.9.1'))!);
    expect(digests[1]).not.toBe(digests[0]);
    expect(await digestOf('staging', 'latest')).toBe(digests[1]);
  });

  it('promotes with everything attached, and rolls both back on their own', async () => {
    const flags = ['--registry', staging, '--to', `${registry.host}/prod`, '--json', '--yes'];
    const promoted = await aimctl(['promote', ...flags, '--release', '0.9.0'], { env });
    expect(checkedJson('promote', promoted)).toMatchObject({ applied: true, record: { promotedFrom: staging } });
    expect((checkedJson('promote', promoted) as { referrers: number }).referrers).toBe(2 * MODELS);
    expect(await digestOf('prod', 'latest')).toBe(digests[0]);
    expect(checkedJson('promote', await aimctl(['promote', ...flags], { env }))).toMatchObject({ applied: true });
    expect(await digestOf('prod', 'latest')).toBe(digests[1]);

    const back = await aimctl(['rollback', '--registry', `${registry.host}/prod`, '--yes', '--json'], { env });
    expect(checkedJson('rollback', back)).toMatchObject({ undoes: ['0.9.1'], to: '0.9.0', applied: true });
    expect([await digestOf('prod', 'latest'), await digestOf('staging', 'latest')]).toEqual(digests);
    const again = await aimctl(['rollback', '--registry', `${registry.host}/prod`, '--yes', '--json'], { env });
    expect(checkedJson('rollback', again)).toMatchObject({ applied: false });
  });

  it.each(['promote', 'rollback'])('%s waits while another run writes tags there', async (command) => {
    const target = `${registry.host}/${command === 'promote' ? 'third' : 'prod'}`;
    const lock = createFileLock({ folder: join(scratch, '.cache/aim/tag-locks') });
    const held = await lock.acquire(target, { signal: new AbortController().signal, onWait: () => undefined });
    const args =
      command === 'promote' ? ['--registry', staging, '--to', target] : ['--registry', target, '--to', '0.9.0'];
    if (command === 'rollback') await client.putManifest(...(await latestOf(target, digests[1]!)));
    const running = aimctl([command, ...args, '--yes', '--json'], { env });
    const soon = new Promise((resolve) => setTimeout(resolve, 1_500, 'waits'));
    expect(await Promise.race([running, soon])).toBe('waits');
    await held.release(new Map());
    const ended = await running;
    expect(checkedJson(command, ended)).toMatchObject({ applied: true });
    expect(ended.stderr).toContain(`which writes tags in ${target}`);
  });

  it('gives a pull request previews and one comment', async () => {
    change(3);
    const event = join(scratch, 'event.json');
    const side = (ref: string) => ({ ref, repo: { full_name: 'acme/aim' } });
    const pull = {
      number: 7,
      merged: false,
      base: side('main'),
      head: { ...side('feature'), sha: onGitHub().GITHUB_SHA },
    };
    writeFileSync(
      event,
      JSON.stringify({ action: 'opened', pull_request: pull, repository: { default_branch: 'main' } }),
    );
    const flags = ['--event', event, '--event-name', 'pull_request', '--github', '--yes', '--json'];
    const { record } = resultOf(await release(flags, onGitHub()));
    expect(record.release).toBeNull();
    expect(record.images.map(({ tag, floating }) => [tag, floating.length])).toEqual([
      ['0.9.2-preview', 0],
      ['0.9.2-preview', 0],
    ]);
    resultOf(await release(flags, onGitHub()));
    const comments = commentsOf(github.repository());
    expect(comments.map(({ issue }) => issue)).toEqual([7]);
    expect(comments[0]!.body).toContain('`aim-acme-model-1:0.9.2-preview`');
    expect(await digestOf('staging', 'latest')).toBe(digests[1]);
    expect(releasesOf(github.repository())).toHaveLength(1);
    const inActions = {
      ...onGitHub(),
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_PATH: event,
      GITHUB_EVENT_NAME: 'pull_request',
    };
    const plan = ['plan', '--all', '--registry', staging, '--profiles', models.profiles, '--comment'];
    for (const action of ['created', 'unchanged']) {
      const planned = await aimctl(plan, { env: { ...env, ...inActions } });
      expect([planned.status, planned.stderr]).toEqual([0, expect.stringContaining(`comment ${action}`)]);
    }
    expect(comments.map(({ body }) => body.split('\n')[0])).toEqual([
      '<!-- aimctl release -->',
      '<!-- aimctl plan -->',
    ]);
    const linted = await aimctl(['lint', models.profiles, '--check-run'], { env: { ...env, ...inActions } });
    expect(linted.stderr).toContain('check created');
    const [check] = checkRunsOf(github.repository());
    expect(check).toMatchObject({ name: 'aimctl lint', head_sha: onGitHub().GITHUB_SHA, status: 'completed' });
  });

  it('is stopped by a scan before the first tag', async () => {
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    const fixture = join(REPOSITORY, 'toolkit/test/fixtures/scan/grype.json');
    const version = `if [ "$1" = version ]; then echo '{"application":"grype","version":"0.1.0"}'; exit 0; fi`;
    const script = `#!/bin/sh\necho "$@" >> '${bin}/calls'\n${version}\ncat '${fixture}'\n`;
    writeFileSync(join(bin, 'grype'), script, { mode: 0o755 });
    change(4);
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    const stopped = await release(['--json', '--yes', '--scan'], { PATH });
    expect(stopped.status).toBe(3);
    expect(checkedJson('error', stopped)).toMatchObject({
      error: { message: expect.stringContaining('stopped') as string },
    });
    expect(await digestOf('staging', '0.9.2')).toBeUndefined();
    expect(readFileSync(join(bin, 'calls'), 'utf8')).toMatch(/aim-acme-model-0@sha256:/);
  });

  it.each([
    { args: ['release', '--registry', 'localhost:1'], status: 2, text: 'no image was named' },
    { args: ['release', '--all'], status: 2, text: 'registry' },
    { args: ['release', '--all', '--images', 'a/b', '--registry', 'localhost:1'], status: 2, text: 'not both' },
    { args: ['release', '--images', 'no/Such', '--registry', 'localhost:1', '--yes'], status: 2, text: 'no/Such' },
    { args: ['release', '--all', '--registry', 'localhost:1', '--yes'], status: 5, text: 'nothing answers' },
    { args: ['promote', '--registry', 'https://x', '--to', 'localhost:1'], status: 2, text: 'scheme' },
    { args: ['promote', '--registry', 'localhost:1/a', '--to', 'localhost:1/a/'], status: 2, text: 'itself' },
    { args: ['rollback', '--registry', 'localhost:1', '--line', 'x'], status: 5, text: 'nothing answers' },
  ])('$args ends with $status', async ({ args, status, text }) => {
    const ended = await aimctl(args, { env });
    expect(ended.stdout + ended.stderr).toContain(text);
    expect(ended.status).toBe(status);
  });
});
