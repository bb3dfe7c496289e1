import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapLimited } from './map-limited.ts';

it('keeps the order, does every item once, and never more than allowed at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 8 }), async (delays, limit) => {
      let running = 0;
      let most = 0;
      const results = await mapLimited(delays, limit, async (ticks) => {
        most = Math.max(most, ++running);
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        running--;
        return ticks * 2;
      });
      expect(results).toEqual(delays.map((ticks) => ticks * 2));
      expect(most).toBeLessThanOrEqual(limit);
    }),
  );
});

it('throws the failure of an item only when nothing is running any more', async () => {
  let running = 0;
  const work = async (ms: number) => {
    running++;
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    if (ms === 1) throw new Error('broken');
  };
  await expect(mapLimited([1, 20], 2, work)).rejects.toThrow('broken');
  expect(running).toBe(0);
});
