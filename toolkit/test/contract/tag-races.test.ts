import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK, type Clock } from '../../src/oci/clock.ts';
import { createFileLock } from '../../src/versions/file-lock.ts';
import { createGitHubLock, lockRef, type GitHubLockTiming } from '../../src/versions/github-lock.ts';
import { writeNextTag, type HeldTagLock, type TagLock } from '../../src/versions/lock.ts';
import { shareTagLock } from '../../src/versions/shared-lock.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';
import { createVirtualRefs } from '../lib/virtual-refs.ts';
import { runPipeline, VirtualTags } from '../lib/virtual-tags.ts';

const RACES = 1_000;
const TIMING: GitHubLockTiming = {
  leaseMs: 12 * 60_000,
  skewMs: 5_000,
  pollMs: 500,
  longestPollMs: 4_000,
  waitMs: 30 * 60_000,
  rememberMs: 60 * 60_000,
};
const SCOPE = 'ghcr.io/acme';
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-races-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Numbers that look random and are the same every time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const free: HeldTagLock = { written: new Map(), confirm: () => Promise.resolve(), release: () => Promise.resolve() };

describe('races for the next tag', () => {
  it(`${RACES} of them, of 2 to 8 pipelines: every tag has one winner and nothing is overwritten`, async () => {
    let contested = 0;
    for (let race = 0; race < RACES; race++) {
      const random = createRandom(race + 1);
      const clock = createVirtualClock();
      const requestMs = () => 5 + Math.floor(random() * 60);
      const lagMs = race % 2 === 0 ? 0 : Math.floor(random() * 300_000);
      const tags = new VirtualTags({ clock, lagMs, requestMs });
      const refs = createVirtualRefs({ clock, requestMs, losesAnswer: () => random() < 0.05 });
      const lock = createGitHubLock({ refs, clock, holder: 'test', timing: TIMING });
      const writers = 2 + (race % 7);
      const stage = race % 3 === 0 ? 'official' : 'rc';
      const ended = await Promise.all(
        Array.from({ length: writers }, async (_, index) => {
          await clock.sleep(1 + Math.floor(random() * 100), new AbortController().signal);
          return runPipeline({ tags, lock, stage, content: `${race} ${index}`, dies: index === 0 && race % 5 === 0 });
        }),
      );
      expect(tags.overwritten(), `race ${race}`).toEqual([]);
      expect(new Set(ended).size, `race ${race}`).toBe(writers);
      expect(tags.writes.map(({ tag }) => tag).sort()).toEqual(ended.sort());
      contested += writers - 1;
    }
    expect(contested).toBeGreaterThan(RACES);
  });

  it('without a lock the same pipelines do overwrite each other: the races are real', async () => {
    const clock = createVirtualClock();
    const tags = new VirtualTags({ clock, lagMs: 0, requestMs: () => 10 });
    const lock: TagLock = { acquire: () => Promise.resolve(free) };
    const ended = ['a', 'b'].map((content) => runPipeline({ tags, lock, stage: 'rc', content }));
    const outcomes = await Promise.allSettled(ended);
    expect(tags.overwritten()).toEqual(['0.9.0-rc1']);
    // What one of them did not do silently: it saw that the tag is not its own.
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  it('equal content ends with one tag for all of them', async () => {
    const clock = createVirtualClock();
    const tags = new VirtualTags({ clock, lagMs: 0, requestMs: () => 10 });
    const lock = createGitHubLock({
      refs: createVirtualRefs({ clock, requestMs: () => 10 }),
      clock,
      holder: 'test',
      timing: TIMING,
    });
    const runs = Array.from({ length: 6 }, () => runPipeline({ tags, lock, stage: 'official', content: 'same' }));
    expect(new Set(await Promise.all(runs))).toEqual(new Set(['0.9.0']));
    expect(tags.writes).toHaveLength(1);
  });

  it('pipelines of one machine are kept apart by files', async () => {
    const timing = { beatMs: 50, staleMs: 2_000, pollMs: 2 };
    const lock = createFileLock({ folder: join(scratch, 'locks'), timing });
    for (let race = 0; race < 10; race++) {
      const tags = new VirtualTags({ clock: SYSTEM_CLOCK, lagMs: 0, requestMs: () => 1 });
      const runs = Array.from({ length: 5 }, (_, index) =>
        runPipeline({ tags, lock, stage: 'rc', content: `${race} ${index}` }),
      );
      expect(new Set(await Promise.all(runs)).size).toBe(5);
      expect(tags.overwritten()).toEqual([]);
    }
  });
});

describe('writing a tag', () => {
  const intent = { reference: 'r/a:0.9.0', digest: 'mine', isDone: false };

  it('that somebody without the lock overwrites is reported', async () => {
    const found = [undefined, 'theirs'];
    const writer = {
      plan: () => Promise.resolve(intent),
      find: () => Promise.resolve(found.shift()),
      write: () => Promise.resolve(),
    };
    await expect(writeNextTag(writer, free, intent)).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringMatching(/0\.9\.0 was written by somebody else .* theirs, not mine/) as string,
    });
  });

  it('gives up when every tag is taken, after a few plans', async () => {
    let plans = 0;
    const writer = {
      plan: () => Promise.resolve({ ...intent, reference: `r/a:0.9.${(plans += 1)}` }),
      find: () => Promise.resolve('theirs'),
      write: () => Promise.reject(new Error('must not write')),
    };
    await expect(writeNextTag(writer, free, intent)).rejects.toMatchObject({ code: 'remote' });
    expect(plans).toBe(4);
  });

  it('is not done twice: the same digest there is success', async () => {
    const writer = {
      plan: () => Promise.resolve(intent),
      find: () => Promise.resolve('mine'),
      write: () => Promise.reject(new Error('must not write')),
    };
    expect(await writeNextTag(writer, free, intent)).toEqual({ intent, isWritten: false });
  });
});

describe('the lock on GitHub', () => {
  const setUp = () => {
    const clock = createVirtualClock();
    const refs = createVirtualRefs({ clock, requestMs: () => 1 });
    const take = (holder: string, timing = TIMING) =>
      createGitHubLock({ refs, clock, holder, timing }).acquire(SCOPE, {
        signal: new AbortController().signal,
        onWait: (other) => waits.push(`${holder} waits for ${other}`),
      });
    const waits: string[] = [];
    return { clock, refs, take, waits };
  };

  it('is taken over from a run that died, not before its time, and the run is told when it comes back', async () => {
    const { clock, take, waits } = setUp();
    const dead = await take('run 1');
    const startMs = clock.nowMs();
    const next = await take('run 2');
    expect(clock.nowMs() - startMs).toBeGreaterThan(TIMING.leaseMs);
    expect(waits).toEqual(['run 2 waits for run 1']);
    await expect(dead.confirm()).rejects.toMatchObject({ code: 'remote' });
    await expect(dead.release(new Map())).rejects.toMatchObject({ code: 'remote' });
    await next.confirm();
  });

  it('is kept by a run that is at work for longer than a lease', async () => {
    vi.useFakeTimers();
    try {
      const clock: Clock = {
        nowMs: () => Date.now(),
        sleep: (delayMs) => new Promise((wake) => void setTimeout(wake, delayMs)),
      };
      const refs = createVirtualRefs({ clock, requestMs: () => 1 });
      const lockOf = (holder: string, timing = TIMING) => createGitHubLock({ refs, clock, holder, timing });
      const options = { signal: new AbortController().signal, onWait: () => undefined };
      const pass = async <Result>(work: Promise<Result>, ms: number): Promise<Result> => {
        work.catch(() => undefined);
        await vi.advanceTimersByTimeAsync(ms);
        return work;
      };
      const held = await pass(lockOf('run 1').acquire(SCOPE, options), 10);
      // Not once does the work ask whether the lock is still held.
      await vi.advanceTimersByTimeAsync(3.5 * TIMING.leaseMs);
      const other = lockOf('run 2', { ...TIMING, waitMs: 2_000 }).acquire(SCOPE, options);
      await expect(pass(other, 20_000)).rejects.toMatchObject({
        message: expect.stringContaining('stays taken by run 1') as string,
      });
      await pass(held.confirm(), 10);
      await pass(held.release(new Map()), 10);
      expect(vi.getTimerCount()).toBe(0);
      const next = await pass(lockOf('run 3').acquire(SCOPE, options), 10);
      await pass(next.release(new Map()), 10);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells later holders what was written, for a while', async () => {
    const { clock, take } = setUp();
    await (await take('run 1')).release(new Map([['ghcr.io/acme/a:0.9.0', 'one']]));
    const second = await take('run 2');
    expect([...second.written]).toEqual([['ghcr.io/acme/a:0.9.0', 'one']]);
    await second.release(new Map([['ghcr.io/acme/b:0.9.0', 'two']]));
    const third = await take('run 3');
    expect(third.written.size).toBe(2);
    clock.advance(TIMING.rememberMs * 2);
    expect((await take('run 4')).written.size).toBe(0);
  });

  it('has a reference that git accepts, one for each scope', () => {
    const names = ['ghcr.io/acme', 'ghcr.io/acme-', 'localhost:5000', '[::1]:5000/a..b', ''].map(lockRef);
    for (const name of names) expect(name).toMatch(/^refs\/aim\/locks\/[A-Za-z0-9-]+$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is taken once for images that are pushed together', async () => {
    const { refs, clock } = setUp();
    let taken = 0;
    const inner = createGitHubLock({ refs, clock, holder: 'run 1', timing: TIMING });
    const lock: TagLock = { acquire: (scope, options) => ((taken += 1), inner.acquire(scope, options)) };
    const shared = shareTagLock(lock, { signal: new AbortController().signal, onNotice: () => undefined });
    const work = (name: string) =>
      shared.run('ghcr.io/acme', async (held, onWritten) => {
        await held.confirm();
        onWritten(name, 'digest');
      });
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(taken).toBe(1);
    const known = await shared.run('ghcr.io/acme', (held) => Promise.resolve([...held.written.keys()]));
    expect(known).toEqual(['a', 'b', 'c']);
    await expect(shared.run('ghcr.io/acme', () => Promise.reject(new Error('work failed')))).rejects.toThrow(
      'work failed',
    );
    expect(taken).toBe(3);
  });
});
