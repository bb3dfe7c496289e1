import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

it('gives items in the order they are due, equal ones as they came, and none too early', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(20), (times, nowMs) => {
      const queue = new DueQueue<number>();
      times.forEach((time, at) => queue.push(time, at));
      const order = times.map((_, at) => at).sort((a, b) => times[a]! - times[b]! || a - b);
      const due = order.filter((at) => times[at]! <= nowMs);
      const popped: number[] = [];
      for (let item = queue.popDue(nowMs); item !== undefined; item = queue.popDue(nowMs)) popped.push(item);
      expect(popped).toEqual(due);
      expect(queue.nextDueMs).toBe(times[order[due.length]!]);
    }),
  );
});
