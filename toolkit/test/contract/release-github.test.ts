import { afterEach, describe, expect, it } from 'vitest';
import type { LintReport } from '../../src/lint/run.ts';
import { publishCheckRun } from '../../src/release/github/check-run.ts';
import { publishComment } from '../../src/release/github/comment.ts';
import { connectGitHub } from '../../src/release/github/connect.ts';
import { publishGitHubRelease } from '../../src/release/github/release.ts';
import type { GitHubRepository } from '../../src/release/github/repository.ts';
import { startGitHubServer, type GitHubServer, type GitHubServerOptions } from '../lib/github-server.ts';
import { refusal, secondaryRateLimit, type GitHubRoute } from '../lib/github-server/api.ts';
import { CHECK_ROUTES, checkRunsOf } from '../lib/github-server/check-runs.ts';
import { COMMENT_ROUTES, commentsOf } from '../lib/github-server/comments.ts';
import { RELEASE_ROUTES, releasesOf } from '../lib/github-server/releases.ts';
import { createVirtualClock, type VirtualClock } from '../lib/oci-virtual-clock.ts';

const running: GitHubServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

interface Setup {
  readonly server: GitHubServer;
  readonly repository: GitHubRepository;
  readonly clock: VirtualClock;
  readonly pauses: number[];
}

async function start(options: GitHubServerOptions = {}, token?: string): Promise<Setup> {
  const routes = [...RELEASE_ROUTES, ...COMMENT_ROUTES, ...CHECK_ROUTES];
  const server = await startGitHubServer({ routes, ...options });
  running.push(server);
  const clock = createVirtualClock();
  const pauses: number[] = [];
  const client = connectGitHub({
    apiUrl: server.url,
    token: token ?? server.token,
    userAgent: 'aimctl-test',
    signal: new AbortController().signal,
    clock,
    onPause: ({ delayMs }) => pauses.push(delayMs),
  });
  return { server, clock, pauses, repository: { client, owner: 'acme', repo: 'aim' } };
}

const commitOf = (server: GitHubServer) => server.repository().refs.get('refs/heads/main')!;
const writes = ({ log }: GitHubServer) => log.filter((line) => !line.startsWith('GET'));

describe('a release on GitHub', () => {
  const releaseAt = (commit: string, notes = 'Notes\n') => ({
    tag: 'v0.9.1',
    commit,
    title: 'Release 0.9.1',
    notes,
    assets: [{ name: 'release-record.json', text: '{"release":"0.9.1"}\n' }],
  });

  it('is made once, with its asset, and is left alone by a rerun', async () => {
    const { server, repository } = await start();
    const release = releaseAt(commitOf(server));
    expect(await publishGitHubRelease(repository, release)).toMatchObject({ action: 'created' });
    const before = writes(server).length;
    expect(await publishGitHubRelease(repository, release)).toMatchObject({ action: 'unchanged' });
    expect(writes(server)).toHaveLength(before);
    const [stored] = releasesOf(server.repository());
    expect(stored).toMatchObject({ name: 'Release 0.9.1', body: 'Notes\n', make_latest: 'legacy' });
    expect(stored!.assets.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ['release-record.json', '{"release":"0.9.1"}\n'],
    ]);
    expect(server.repository().refs.get('refs/tags/v0.9.1')).toBe(commitOf(server));
  });

  it('has its asset brought up to date, and keeps what people made of its name and notes', async () => {
    const { server, repository } = await start();
    const release = releaseAt(commitOf(server));
    await publishGitHubRelease(repository, release);
    const [stored, ...others] = releasesOf(server.repository());
    Object.assign(stored!, { name: 'Autumn', body: 'Notes, and a word of thanks\n' });
    expect(await publishGitHubRelease(repository, release)).toMatchObject({ action: 'unchanged' });
    const changed = { ...release, assets: [{ name: 'release-record.json', text: '{}\n' }] };
    expect(await publishGitHubRelease(repository, changed)).toMatchObject({ action: 'updated' });
    expect(others).toEqual([]);
    expect(stored).toMatchObject({ name: 'Autumn', body: 'Notes, and a word of thanks\n' });
    expect(stored!.assets.map(({ bytes }) => bytes.toString())).toEqual(['{}\n']);
  });

  it('that was made without notes is given them', async () => {
    const { server, repository } = await start();
    const release = releaseAt(commitOf(server));
    await publishGitHubRelease(repository, { ...release, title: '', notes: '', assets: [] });
    expect(await publishGitHubRelease(repository, release)).toMatchObject({ action: 'updated' });
    expect(releasesOf(server.repository())[0]).toMatchObject({ name: 'Release 0.9.1', body: 'Notes\n' });
  });

  it('cuts notes that are too long for GitHub', async () => {
    const { server, repository } = await start();
    await publishGitHubRelease(repository, releaseAt(commitOf(server), 'a line\n'.repeat(30_000)));
    expect(releasesOf(server.repository())[0]!.body).toMatch(/a line\n\n… \(cut off; .*\)\n$/);
  });

  it.each([403, 429] as const)('keeps a pause that GitHub asks for with %i', async (status) => {
    const { server, repository, pauses, clock } = await start({
      fault: ({ index }) => (index === 1 ? secondaryRateLimit(status, 7) : undefined),
    });
    expect(await publishGitHubRelease(repository, releaseAt(commitOf(server)))).toMatchObject({ action: 'created' });
    expect(pauses).toEqual([7_000]);
    expect(clock.sleeps).toEqual([7_000]);
  });

  it('reads again after a broken connection', async () => {
    const { server, repository } = await start({ fault: ({ index }) => (index === 0 ? 'reset' : undefined) });
    expect(await publishGitHubRelease(repository, releaseAt(commitOf(server)))).toMatchObject({ action: 'created' });
  });

  it.each([
    { token: 'wrong', code: 'environment', text: /GitHub answered 401/ },
    { token: 'reader', code: 'remote', text: /create the release v0\.9\.1: GitHub answered 403/ },
  ])('a token that is $token ends with $code, and is not part of the message', async ({ token, code, text }) => {
    const { server, repository } = await start({ readToken: 'reader' }, token);
    const failed = publishGitHubRelease(repository, releaseAt(commitOf(server)));
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining(token) as string });
  });
});

describe('a comment on a pull request', () => {
  it('is written once and replaced in place, whatever else is said there', async () => {
    const { server, repository } = await start();
    const comments = commentsOf(server.repository());
    const other = { issue: 7, user: { login: 'someone', type: 'User' }, author_association: 'NONE' };
    for (let id = 1; id <= 150; id++) comments.push({ ...other, id, body: `<!-- aimctl plan -->\nnumber ${id}` });
    const first = await publishComment(repository, 7, { name: 'plan', text: 'one' });
    const second = await publishComment(repository, 7, { name: 'plan', text: 'two' });
    const third = await publishComment(repository, 7, { name: 'plan', text: 'two' });
    expect([first.action, second.action, third.action]).toEqual(['created', 'updated', 'unchanged']);
    await publishComment(repository, 7, { name: 'release', text: 'images' });
    await publishComment(repository, 8, { name: 'plan', text: 'elsewhere' });
    expect(comments.slice(150).map(({ issue, body }) => [issue, body])).toEqual([
      [7, '<!-- aimctl plan -->\ntwo'],
      [7, '<!-- aimctl release -->\nimages'],
      [8, '<!-- aimctl plan -->\nelsewhere'],
    ]);
  });
});

describe('a check run', () => {
  const reportOf = (findings: number): LintReport => ({
    findings: Array.from({ length: findings }, (_, index) => ({
      rule: 'engine-arg-unknown',
      severity: 'error',
      file: 'profiles/a.yaml',
      line: index + 1,
      column: 1,
      message: `finding ${index}`,
      why: 'It is not known',
      fixable: false,
    })),
    summary: { files: 1, errors: findings, warnings: 0, infos: 0, fixed: 0 },
  });

  it.each([0, 50, 51, 130])('shows %i findings in batches, once', async (findings) => {
    const { server, repository } = await start();
    const check = { name: 'aimctl lint', commit: commitOf(server), isFailed: findings > 0 };
    const first = await publishCheckRun(repository, check, reportOf(findings));
    const again = await publishCheckRun(repository, check, reportOf(findings));
    expect([first.action, again.action]).toEqual(['created', 'unchanged']);
    const [run, ...others] = checkRunsOf(server.repository());
    expect(others).toEqual([]);
    expect(run).toMatchObject({ status: 'completed', conclusion: findings > 0 ? 'failure' : 'success' });
    expect(run!.annotations).toHaveLength(findings);
    expect(new Set(run!.annotations.map((one) => JSON.stringify(one))).size).toBe(findings);
  });

  it.each(['before', 'after'] as const)('shows no annotation twice when GitHub fails %s it took some', async (when) => {
    let isBroken = true;
    const update = CHECK_ROUTES.find(({ method }) => method === 'PATCH')!;
    const flaky: GitHubRoute = {
      ...update,
      handle: (request, known) => {
        if (!isBroken || request.body['output'] === undefined) return update.handle(request, known);
        isBroken = false;
        if (when === 'after') update.handle(request, known);
        return refusal(502, 'Bad Gateway');
      },
    };
    const { server, repository, pauses } = await start({ routes: [flaky, ...CHECK_ROUTES] });
    const check = { name: 'aimctl lint', commit: commitOf(server), isFailed: true };
    await expect(publishCheckRun(repository, check, reportOf(130))).rejects.toMatchObject({ code: 'remote' });
    expect(pauses).toEqual([]);
    expect(await publishCheckRun(repository, check, reportOf(130))).toMatchObject({ action: 'completed' });
    const [run] = checkRunsOf(server.repository());
    expect(run!.annotations).toHaveLength(130);
    expect(new Set(run!.annotations.map((one) => JSON.stringify(one))).size).toBe(130);
  });

  it('that was left unfinished is completed, without an annotation twice', async () => {
    let isCut = true;
    const { server, repository } = await start({
      fault: ({ method, index }) =>
        isCut && method === 'PATCH' && index >= 3 ? { status: 422, body: { message: 'no' } } : undefined,
    });
    const check = { name: 'aimctl lint', commit: commitOf(server), isFailed: true };
    await expect(publishCheckRun(repository, check, reportOf(130))).rejects.toMatchObject({ code: 'remote' });
    expect(checkRunsOf(server.repository())[0]!.annotations).toHaveLength(50);
    isCut = false;
    expect(await publishCheckRun(repository, check, reportOf(130))).toMatchObject({ action: 'completed' });
    const [run] = checkRunsOf(server.repository());
    expect(run!.annotations).toHaveLength(130);
    expect(new Set(run!.annotations.map((one) => JSON.stringify(one))).size).toBe(130);
    expect(run!.status).toBe('completed');
  });
});
