import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { forEachOf, Semaphore } from './semaphore.ts';

it('lets no more through than it has places, in the order in which they came', async () => {
  const semaphore = new Semaphore(3);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const task = (index: number) =>
    semaphore.run(async () => {
      order.push(index);
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
    });
  await Promise.all(Array.from({ length: 10 }, (_, index) => task(index)));
  expect(most).toBe(3);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

it('starts nothing after a failure and waits for what was started', async () => {
  const started: number[] = [];
  let ended = 0;
  const run = forEachOf([0, 1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    await sleep(item === 0 ? 1 : 10);
    if (item === 0) throw new Error('first');
    ended++;
  });
  await expect(run).rejects.toThrow('first');
  expect(started).toEqual([0, 1]);
  expect(ended).toBe(1);
});
