import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { summariseHealth } from './health.ts';
import { LoopWatch } from './loop-watch.ts';
import { PreciseTimer } from './precise-timer.ts';

const startWatch = () => {
  const watch = new LoopWatch(Number(process.hrtime.bigint()) / 1e6);
  watch.begin();
  return watch;
};

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('self-watch', () => {
  it('sees that work of one callback makes the next one late', async () => {
    const watch = startWatch();
    watch.enter();
    burn(30);
    watch.enter();
    await sleep(5);
    watch.addEvents(2);
    const health = summariseHealth([watch.end()], 60);
    expect(health.loopDelayP99Ms).toBeGreaterThanOrEqual(29);
    expect(health.loopDelayMaxMs).toBeGreaterThanOrEqual(30);
    expect(health).toMatchObject({ events: 2, cpuMicrosecondsPerEvent: 30_000, workers: 1 });
  });

  it('counts the turns of the loop one by one', async () => {
    const watch = startWatch();
    for (let turn = 0; turn < 20; turn++) {
      watch.enter();
      await sleep(1);
    }
    expect(watch.end().latenessMaxMs).toBeLessThan(1);
  });

  it('pauses where events come thick, and tells how late they may be by that', async () => {
    const watch = startWatch();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const fromMs = watch.now();
    for (let round = 0; round < 100; round++) {
      for (let event = 0; event < 100; event++) watch.arrive();
      await turn();
    }
    expect(watch.now() - fromMs).toBeGreaterThanOrEqual(5);
    expect(watch.end().latenessMaxMs).toBeGreaterThanOrEqual(0.05);
  });

  it('counts the processor time of its thread', () => {
    const watch = startWatch();
    const used = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
    const fromMs = used();
    while (used() < fromMs + 60);
    watch.addSpin(20);
    const { cpuMs, elapsedMs } = watch.end();
    expect(cpuMs).toBeGreaterThanOrEqual(40);
    expect(cpuMs).toBeLessThan(elapsedMs);
    const health = { ...startWatch().end(), cpuMs: 70, elapsedMs: 100 };
    expect(summariseHealth([health, { ...health, cpuMs: 20 }], 0).threadCpuMax).toBeCloseTo(0.7);
  });

  it('sums up the lags of all threads', () => {
    const [a, b] = [startWatch(), startWatch()];
    for (let lag = 1; lag <= 50; lag++) {
      a.addLag(lag);
      b.addLag(lag + 50);
    }
    expect(summariseHealth([a.end(), b.end()], 0)).toMatchObject({
      scheduleLagP50Ms: 50,
      scheduleLagP99Ms: 99,
      workers: 2,
    });
  });

  it('has nothing to say about nothing', () => {
    expect(summariseHealth([], 0)).toMatchObject({ events: 0, cpuMicrosecondsPerEvent: 0, loopDelayP99Ms: 0 });
  });
});

describe('PreciseTimer', () => {
  it('is due at the moment and never before it', async () => {
    const watch = startWatch();
    const late: number[] = [];
    for (let round = 0; round < 20; round++) {
      const dueMs = watch.now() + 3 + round / 7;
      await new Promise<void>((resolve) => {
        new PreciseTimer(watch, () => {
          late.push(watch.now() - dueMs);
          resolve();
        }).arm(dueMs);
      });
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    // The best, as other processes may take the core at any time; a timer alone is hardly ever that close.
    expect(Math.min(...late)).toBeLessThan(0.1);
    expect(watch.end().spinMs).toBeGreaterThan(1);
  });

  it('forgets a moment that was cancelled or replaced', async () => {
    const watch = startWatch();
    let due = 0;
    const timer = new PreciseTimer(watch, () => due++);
    timer.arm(watch.now() + 1);
    timer.arm(watch.now() + 8);
    timer.cancel();
    await sleep(15);
    expect(due).toBe(0);
    timer.arm(watch.now() + 1);
    await expect.poll(() => due).toBe(1);
  });
});
