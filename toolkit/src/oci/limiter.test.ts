import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../test/lib/oci-virtual-clock.ts';
import { backoffMs, createHostLimiters, LongPauseError } from './limiter.ts';

const never = new AbortController().signal;

function limited(concurrency: number) {
  const clock = createVirtualClock(0);
  const pauses: { host: string; delayMs: number; reason: string }[] = [];
  const limiters = createHostLimiters({
    clock,
    concurrency,
    random: () => 0.5,
    onPause: (pause) => pauses.push(pause),
  });
  return { clock, pauses, limiters, limiter: limiters.of('host') };
}

/** Lets everything that can go on go on. */
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the limiter of a host', () => {
  it('is one and the same for all who ask, and another for other hosts', () => {
    const { limiters } = limited(1);
    expect(limiters.of('a')).toBe(limiters.of('a'));
    expect(limiters.of('a')).not.toBe(limiters.of('b'));
  });

  it('never lets more requests through than allowed, and serves them in order', async () => {
    const { limiter } = limited(3);
    let active = 0;
    let most = 0;
    const order: number[] = [];
    const work = async (name: number) => {
      const slot = await limiter.acquire(never);
      active += 1;
      most = Math.max(most, active);
      order.push(name);
      await settle();
      active -= 1;
      slot.release();
      slot.release();
    };
    await Promise.all(Array.from({ length: 20 }, (_, name) => work(name)));
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, name) => name));
  });

  it('keeps everybody waiting as long as the host asked', async () => {
    const { limiter, clock, pauses } = limited(4);
    const slot = await limiter.acquire(never);
    expect(slot.throttled(7_000, '429')).toBe(7_000);
    slot.release();
    const starts: number[] = [];
    const others = Array.from({ length: 8 }, async () => {
      const next = await limiter.acquire(never);
      starts.push(clock.nowMs());
      next.release();
    });
    await Promise.all(others);
    expect(starts).toEqual(Array(8).fill(7_000));
    expect(pauses).toEqual([{ host: 'host', delayMs: 7_000, reason: '429' }]);
  });

  it('counts answers to requests sent before a pause as one', async () => {
    const { limiter, clock, pauses } = limited(4);
    const slots = await Promise.all([1, 2, 3, 4].map(() => limiter.acquire(never)));
    expect(slots.map((slot) => slot.throttled(undefined, '429'))).toEqual([750, 750, 750, 750]);
    for (const slot of slots) slot.release();
    expect(pauses).toHaveLength(1);
    const again = await limiter.acquire(never);
    expect(clock.nowMs()).toBe(750);
    // Asked again after the pause, the host is given twice the time.
    clock.advance(1);
    expect(again.throttled(undefined, '429')).toBe(1_500);
  });

  it('does not come back at once because it may', async () => {
    const { limiter, clock, pauses } = limited(4);
    for (let round = 0; round < 3; round++) {
      clock.advance(1);
      const slot = await limiter.acquire(never);
      clock.advance(1);
      slot.throttled(0, '429');
      slot.release();
    }
    expect(pauses.map(({ delayMs }) => delayMs)).toEqual([750, 1_500, 3_000]);
  });

  it('halves what it lets through when throttled and comes back step by step', async () => {
    const { limiter } = limited(4);
    const first = await limiter.acquire(never);
    first.throttled(10, '429');
    first.release();
    const held = [await limiter.acquire(never), await limiter.acquire(never)];
    let third = false;
    const waiting = limiter.acquire(never).then((slot) => {
      third = true;
      return slot;
    });
    await settle();
    expect(third).toBe(false);
    for (let success = 0; success < 5; success++) held[0]!.succeeded();
    await settle();
    expect(third).toBe(true);
    for (const slot of [...held, await waiting]) slot.release();
  });

  it('pauses a host that fails again and again, not one that fails now and then', async () => {
    const { limiter, pauses, clock } = limited(4);
    const slot = await limiter.acquire(never);
    for (let round = 0; round < 10; round++) {
      clock.advance(1);
      slot.failed('500');
      if (round % 3 === 2) slot.succeeded();
    }
    expect(pauses).toEqual([]);
    for (let round = 0; round < 5; round++) slot.failed('reset');
    expect(pauses).toEqual([{ host: 'host', delayMs: 750, reason: 'reset' }]);
  });

  it('keeps places for what requests wait for while they are under way', async () => {
    const { limiter } = limited(1);
    const held = await limiter.acquire(never);
    const stream = await limiter.acquire(never, { lane: 'stream' });
    const token = await limiter.acquire(never, { lane: 'token' });
    let second = false;
    const waiting = limiter.acquire(never, { lane: 'stream' }).then((slot) => {
      second = true;
      return slot;
    });
    for (const slot of [held, token]) slot.release();
    await settle();
    expect(second).toBe(false);
    stream.release();
    (await waiting).release();
  });

  it('does not keep anybody waiting for longer than they are prepared to', async () => {
    const { limiter, clock } = limited(4);
    const untilMs = 60_000;
    const slot = await limiter.acquire(never);
    slot.throttled(7_000, 'slow down');
    const patient = limiter.acquire(never, { untilMs });
    await expect(limiter.acquire(never, { untilMs: 6_999 })).rejects.toMatchObject({ delayMs: 7_000 });
    slot.throttled(3_600_000, 'come back in an hour');
    slot.release();
    await expect(patient).rejects.toMatchObject({ delayMs: 3_593_000, reason: 'come back in an hour' });
    await expect(limiter.acquire(never, { untilMs })).rejects.toBeInstanceOf(LongPauseError);
    expect(clock.nowMs()).toBe(7_000);
  });

  it('lets go of who is interrupted, and gives the place to the next', async () => {
    const { limiter } = limited(1);
    const slot = await limiter.acquire(never);
    const controller = new AbortController();
    const interrupted = limiter.acquire(controller.signal);
    const next = limiter.acquire(never);
    slot.release();
    controller.abort(new Error('interrupted'));
    await expect(interrupted).rejects.toThrow('interrupted');
    (await next).release();
    await expect(limiter.acquire(controller.signal)).rejects.toThrow('interrupted');
  });
});

it('backs off twice as long each time, up to a minute, half of it at random', () => {
  expect([1, 2, 3, 20].map((failures) => backoffMs(failures, 1_000, () => 0))).toEqual([500, 1_000, 2_000, 30_000]);
  expect([1, 2, 3, 20].map((failures) => backoffMs(failures, 1_000, () => 1))).toEqual([1_000, 2_000, 4_000, 60_000]);
});
