import { expect, it } from 'vitest';
import { SYSTEM_CLOCK } from './clock.ts';

it('sleeps for longer than a timer can', async () => {
  const controller = new AbortController();
  const slept = SYSTEM_CLOCK.sleep(2 ** 31 + 1_000, controller.signal);
  const first = await Promise.race([
    slept.then(() => 'woke up'),
    new Promise((resolve) => setTimeout(() => resolve('asleep'), 50)),
  ]);
  expect(first).toBe('asleep');
  controller.abort(new Error('interrupted'));
  await expect(slept).rejects.toThrow('interrupted');
});
