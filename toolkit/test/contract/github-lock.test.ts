import { afterEach, describe, expect, it } from 'vitest';
import { connectGitHub } from '../../src/release/github/connect.ts';
import { createGitHubLock, lockRef, type GitHubLockTiming } from '../../src/versions/github-lock.ts';
import { createGitHubRefs } from '../../src/versions/github-refs.ts';
import { startGitHubServer, type GitHubServer, type GitHubServerOptions } from '../lib/github-server.ts';
import { secondaryRateLimit } from '../lib/github-server/api.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';
import { runPipeline, VirtualTags } from '../lib/virtual-tags.ts';

const SCOPE = 'ghcr.io/acme';
const TIMING: GitHubLockTiming = {
  leaseMs: 600_000,
  skewMs: 1_000,
  pollMs: 200,
  waitMs: 3_600_000,
  rememberMs: 3_600_000,
};
let server: GitHubServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function setUp(options: GitHubServerOptions & { readonly as?: string; readonly commit?: string } = {}) {
  server = await startGitHubServer(options);
  const { url: apiUrl, repository } = server;
  const clock = createVirtualClock();
  const { signal } = new AbortController();
  const token = options.as ?? server.token;
  const client = connectGitHub({ apiUrl, token, userAgent: 'test', signal, clock, onPause: () => undefined });
  const commit = options.commit ?? repository().refs.get('refs/heads/main') ?? '';
  const refs = createGitHubRefs({ client, owner: 'acme', repo: 'aim' }, commit);
  const lock = createGitHubLock({ refs, clock, holder: 'run 1', timing: TIMING });
  const take = () => lock.acquire(SCOPE, { signal, onWait: () => undefined });
  return { server, clock, lock, take, client };
}

describe('the lock over the API of GitHub', () => {
  it('is a reference outside of branches and tags, and is let go', async () => {
    const { server: github, take } = await setUp();
    const held = await take();
    expect([...github.repository().refs.keys()]).toEqual(['refs/heads/main', lockRef(SCOPE)]);
    await held.release(new Map([['ghcr.io/acme/a:0.9.0', 'sha256:1']]));
    const again = await take();
    expect([...again.written]).toEqual([['ghcr.io/acme/a:0.9.0', 'sha256:1']]);
  });

  it('lets one of several pipelines at a time in: no tag is overwritten', async () => {
    for (let race = 0; race < 8; race++) {
      const { server: github, lock, clock } = await setUp();
      const tags = new VirtualTags({ clock, lagMs: race * 20_000, requestMs: () => 3 });
      const runs = Array.from({ length: 2 + (race % 7) }, (_, index) =>
        runPipeline({ tags, lock, stage: 'rc', content: `${race} ${index}` }),
      );
      expect(new Set(await Promise.all(runs)).size).toBe(runs.length);
      expect(tags.overwritten()).toEqual([]);
      await github.stop();
    }
    server = undefined;
  });

  it.each([403, 429] as const)('waits as long as a secondary rate limit says, by status %i', async (status) => {
    const { take, clock } = await setUp({
      fault: ({ index }) => (index === 1 ? secondaryRateLimit(status, 30) : undefined),
    });
    await take();
    expect(clock.sleeps).toContain(30_000);
  });

  it('is had at once when the answer to its creation was lost', async () => {
    const { take, server: github } = await setUp({
      // The request is carried out by hand, its answer never comes.
      fault: ({ method, path }) => (method === 'POST' && path.endsWith('/git/refs') ? loseAnswer() : undefined),
    });
    const loseAnswer = () => {
      const { refs, commits } = github.repository();
      refs.set(lockRef(SCOPE), [...commits.keys()].at(-1) ?? '');
      return { status: 422, body: { message: 'Reference already exists' } };
    };
    const held = await take();
    await held.confirm();
  });

  it.each([
    {
      what: 'a token that may only read',
      options: { readToken: 'reader', as: 'reader' },
      code: 'remote',
      words: /integration/,
    },
    { what: 'a token of nobody', options: { as: 'nobody' }, code: 'environment', words: /Bad credentials/ },
    { what: 'a commit that was never pushed', options: { commit: 'f'.repeat(40) }, code: 'remote', words: /Not Found/ },
  ])('$what fails with $code', async ({ options, code, words }) => {
    const { take } = await setUp(options);
    const failed: unknown = await take().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, message: expect.stringMatching(words) as string });
  });
});

describe('the server that stands for GitHub', () => {
  it('refuses what GitHub refuses', async () => {
    const { client, server: github } = await setUp();
    const where = { owner: 'acme', repo: 'aim' };
    const { refs } = github.repository();
    const sha = refs.get('refs/heads/main') ?? '';
    const { git } = client.rest;
    await git.createRef({ ...where, ref: 'refs/tags/v1', sha });
    await expect(git.createRef({ ...where, ref: 'refs/tags/v1', sha })).rejects.toMatchObject({ status: 422 });
    await expect(git.createRef({ ...where, ref: 'refs/tags/v2', sha: 'f'.repeat(40) })).rejects.toMatchObject({
      status: 422,
    });
    const { data: tree } = await git.getCommit({ ...where, commit_sha: sha });
    const { data: aside } = await git.createCommit({ ...where, message: 'x', tree: tree.tree.sha, parents: [] });
    await expect(git.updateRef({ ...where, ref: 'tags/v1', sha: aside.sha })).rejects.toMatchObject({ status: 422 });
    const { data: upon } = await git.createCommit({ ...where, message: 'x', tree: tree.tree.sha, parents: [sha] });
    await git.updateRef({ ...where, ref: 'tags/v1', sha: upon.sha });
    await expect(git.getRef({ ...where, ref: 'tags/none' })).rejects.toMatchObject({ status: 404 });
    await git.deleteRef({ ...where, ref: 'tags/v1' });
    await expect(git.deleteRef({ ...where, ref: 'tags/v1' })).rejects.toMatchObject({ status: 422 });
  });

  it('sends lists in pages and unchanged things not again', async () => {
    const { client, server: github } = await setUp();
    const where = { owner: 'acme', repo: 'aim' };
    const { refs } = github.repository();
    for (let index = 0; index < 250; index++) refs.set(`refs/tags/t${index}`, refs.get('refs/heads/main') ?? '');
    const all = await client.paginate(client.rest.git.listMatchingRefs, { ...where, ref: 'tags/t', per_page: 100 });
    expect(all).toHaveLength(250);
    expect(github.log.filter((line) => line.includes('matching-refs'))).toHaveLength(3);
    const { headers } = await client.rest.git.getRef({ ...where, ref: 'heads/main' });
    const again = client.rest.git.getRef({
      ...where,
      ref: 'heads/main',
      headers: { 'if-none-match': headers.etag ?? '' },
    });
    await expect(again).rejects.toMatchObject({ status: 304 });
  });
});
