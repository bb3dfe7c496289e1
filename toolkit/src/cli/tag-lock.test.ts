import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../oci/clock.ts';
import { openTagLock } from './tag-lock.ts';

const home = mkdtempSync(join(tmpdir(), 'aimctl-lock-home-'));
afterAll(() => rmSync(home, { recursive: true }));

/** What was asked for, and what was told. */
async function open(isLocal: boolean | undefined, env: NodeJS.ProcessEnv) {
  const notices: string[] = [];
  let asked = 0;
  const lock = await openTagLock(isLocal, {
    env,
    home,
    uid: 1,
    clock: SYSTEM_CLOCK,
    revision: 'a'.repeat(40),
    signal: new AbortController().signal,
    github: () => {
      asked += 1;
      return Promise.resolve(undefined);
    },
    onNotice: (text) => notices.push(text),
  });
  return { lock, asked, notices };
}

describe('the lock of tags', () => {
  it.each([
    { isLocal: true, env: { GITHUB_ACTIONS: 'true' }, isShared: false },
    { isLocal: false, env: {}, isShared: true },
    { isLocal: undefined, env: { GITHUB_ACTIONS: 'true' }, isShared: true },
    { isLocal: undefined, env: { GITHUB_ACTIONS: '' }, isShared: false },
  ])('is on GitHub for pipelines: $isLocal in $env', async ({ isLocal, env, isShared }) => {
    const { asked, notices } = await open(isLocal, env);
    expect([asked, notices.length]).toEqual(isShared ? [1, 1] : [0, 0]);
  });

  it('of one machine is had by one at a time', async () => {
    const [first, second] = [await open(true, {}), await open(undefined, {})];
    const options = { signal: new AbortController().signal, onWait: () => undefined };
    const held = await first.lock.acquire('localhost:1/org', options);
    let isWaiting = false;
    const next = second.lock.acquire('localhost:1/org', { ...options, onWait: () => (isWaiting = true) });
    await expect.poll(() => isWaiting).toBe(true);
    await held.release(new Map());
    await (await next).release(new Map());
  });
});
