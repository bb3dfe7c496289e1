import { afterEach, describe, expect, it } from 'vitest';
import { openTagLock } from '../../src/cli/tag-lock.ts';
import { failure } from '../../src/exit-codes.ts';
import { connectGitHub } from '../../src/release/github/connect.ts';
import {
  createGitHubLock,
  GITHUB_LOCK_TIMING,
  lockRef,
  type GitHubLockTiming,
} from '../../src/versions/github-lock.ts';
import { createGitHubRefs } from '../../src/versions/github-refs.ts';
import { shareTagLock } from '../../src/versions/shared-lock.ts';
import { startGitHubServer, type GitHubServer, type GitHubServerOptions } from '../lib/github-server.ts';
import { secondaryRateLimit } from '../lib/github-server/api.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';
import { runPipeline, VirtualTags } from '../lib/virtual-tags.ts';

const SCOPE = 'ghcr.io/acme';
const TIMING: GitHubLockTiming = {
  leaseMs: 600_000,
  skewMs: 1_000,
  pollMs: 200,
  longestPollMs: 1_000,
  waitMs: 3_600_000,
  rememberMs: 3_600_000,
};
function interruptible(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => controller.abort(failure('interrupted', { message: 'interrupted' })),
  };
}

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
  const connect = (until: AbortSignal) =>
    connectGitHub({ apiUrl, token, userAgent: 'test', signal: until, clock, onPause: () => undefined });
  const client = connect(signal);
  const commit = options.commit ?? repository().refs.get('refs/heads/main') ?? '';
  const refs = createGitHubRefs({ client, owner: 'acme', repo: 'aim' }, commit);
  const lockOf = (timing: GitHubLockTiming) => createGitHubLock({ refs, clock, holder: 'run 1', timing });
  const lock = lockOf(TIMING);
  const take = () => lock.acquire(SCOPE, { signal, onWait: () => undefined });
  return { server, clock, lock, lockOf, take, client, connect, commit };
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

  it('is let go by a run that is interrupted: the next one does not wait', async () => {
    const { server: github, clock, take, connect, commit } = await setUp();
    const { signal, abort } = interruptible();
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const lock = await openTagLock(false, {
      ...{ env: { GITHUB_SHA: commit }, home: '/nonexistent', uid: undefined, clock, revision: '', signal, onNotice },
      github: (until) => Promise.resolve({ client: connect(until), owner: 'acme', repo: 'aim' }),
    });
    const work = shareTagLock(lock, { signal, onNotice }).run(SCOPE, () => {
      abort();
      return Promise.reject(signal.reason as Error);
    });
    await expect(work).rejects.toMatchObject({ code: 'interrupted' });
    expect(notices).toEqual([]);
    await take();
    expect(clock.sleeps).toEqual([]);
    expect(github.log.filter((line) => line.endsWith(' 422'))).toEqual([]);
  });

  it('that came in the moment of an interruption is let go, and nothing is done', async () => {
    const { take, connect, clock, commit } = await setUp({
      fault: ({ method, path }) => {
        if (method === 'POST' && path.endsWith('/git/refs')) abort();
        return undefined;
      },
    });
    const { signal, abort } = interruptible();
    const lock = await openTagLock(false, {
      ...{ env: { GITHUB_SHA: commit }, home: '/nonexistent', uid: undefined, clock, revision: '', signal },
      onNotice: () => undefined,
      github: (until) => Promise.resolve({ client: connect(until), owner: 'acme', repo: 'aim' }),
    });
    let isDone = false;
    const shared = shareTagLock(lock, { signal, onNotice: () => undefined });
    const work = shared.run(SCOPE, () => Promise.resolve((isDone = true)));
    await expect(work).rejects.toMatchObject({ code: 'interrupted' });
    expect(isDone).toBe(false);
    await take();
    expect(clock.sleeps).toEqual([]);
  });

  it('may be waited for for half an hour without using up the limit of requests', async () => {
    const { server: github, lockOf, clock } = await setUp();
    const { signal } = new AbortController();
    const options = { signal, onWait: () => undefined };
    const { waitMs } = GITHUB_LOCK_TIMING;
    const lasting = lockOf({ ...GITHUB_LOCK_TIMING, leaseMs: 2 * waitMs });
    await lasting.acquire(SCOPE, options);
    const [startMs, before] = [clock.nowMs(), github.log.length];
    await expect(lasting.acquire(SCOPE, options)).rejects.toMatchObject({ code: 'remote' });
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(waitMs);
    const made = github.log.slice(before);
    expect(made.length).toBeLessThan(150);
    // GitHub does not count those that say that nothing has changed.
    expect(made.filter((line) => !line.endsWith(' 304')).length).toBeLessThanOrEqual(2);
  });

  it.each([409, 422])("is somebody else's when GitHub says %i, and is asked for again", async (status) => {
    let refused = 0;
    const { take, clock } = await setUp({
      fault: ({ method, path }) => {
        const isWrite = (method === 'POST' && path.endsWith('/git/refs')) || method === 'PATCH';
        return isWrite && (refused += 1) % 2 === 1 ? { status, body: { message: 'Conflict' } } : undefined;
      },
    });
    const held = await take();
    await held.release(new Map());
    expect(refused).toBe(4);
    expect(clock.sleeps).toHaveLength(1);
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
