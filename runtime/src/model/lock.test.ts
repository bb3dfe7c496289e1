import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, type LockOwner } from './lock.ts';

const timing = { beatMs: 20, staleMs: 200, pollMs: 5 };
const signal = new AbortController().signal;
let folder: string;
let waits: LockOwner[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-lock-'));
  waits = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const acquire = (more = {}) => acquireLock({ folder, signal, onWait: (owner) => waits.push(owner), timing, ...more });

/** The file that a process elsewhere left behind. */
function leave(generation: number, owner: Partial<LockOwner>): void {
  const whole = {
    token: 't',
    host: 'elsewhere',
    pid: 1,
    place: 'x',
    startTicks: '1',
    beat: 3,
    released: false,
    ...owner,
  };
  writeFileSync(join(folder, `lock.${generation}`), JSON.stringify(whole));
}

describe('acquireLock', () => {
  it('lets one in at a time, whoever comes', async () => {
    let inside = 0;
    let entered = 0;
    const visit = async () => {
      await using lock = await acquire();
      entered++;
      expect(lock.lost.aborted).toBe(false);
      expect(++inside).toBe(1);
      await sleep(3);
      inside--;
    };
    await Promise.all(Array.from({ length: 12 }, visit));
    expect(entered).toBe(12);
    expect(readdirSync(folder)).toEqual(['lock.12']);
  });

  it('takes over from an owner without heartbeat, and only then', async () => {
    leave(4, {});
    const start = performance.now();
    await using lock = await acquire();
    expect(lock.lost.aborted).toBe(false);
    expect(performance.now() - start).toBeGreaterThan(timing.staleMs * 0.9);
    expect(waits).toEqual([expect.objectContaining({ host: 'elsewhere', pid: 1 })]);
    expect(readdirSync(folder)).toEqual(['lock.5']);
  });

  it('waits as long as the owner shows signs of life', async () => {
    const held = await acquire();
    const second = acquire();
    await sleep(timing.staleMs * 2);
    expect(waits).toHaveLength(1);
    await held[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
  });

  it('takes over at once from a dead process of this host', async () => {
    const first = await acquire();
    const [own = ''] = readdirSync(folder);
    const owner = JSON.parse(readFileSync(join(folder, own), 'utf8')) as LockOwner;
    await first[Symbol.asyncDispose]();
    leave(9, { ...owner, pid: 2 ** 22 + 1, released: false });
    await using lock = await acquire({ timing: { ...timing, staleMs: 3_600_000 } });
    expect(lock.lost.aborted).toBe(false);
    expect(readdirSync(folder)).toEqual(['lock.10']);
  });

  it('takes over from an owner that was killed while it wrote', async () => {
    writeFileSync(join(folder, 'lock.1'), '');
    await using lock = await acquire();
    expect(lock.lost.aborted).toBe(false);
    expect(readdirSync(folder)).toContain('lock.2');
  });

  it('tells a holder that another one took over', async () => {
    await using held = await acquire();
    leave(50, {});
    await sleep(timing.beatMs * 4);
    expect(held.lost.aborted).toBe(true);
    expect(held.lost.reason).toMatchObject({ code: 'cache' });
  });

  it('stops waiting when asked to', async () => {
    leave(1, {});
    const controller = new AbortController();
    const waiting = acquire({ signal: controller.signal, timing: { ...timing, staleMs: 3_600_000 } });
    setTimeout(() => controller.abort(), 20);
    await expect(waiting).rejects.toThrow();
  });
});
