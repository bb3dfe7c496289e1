import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestSource } from '../load/request.ts';
import type { LoadShape, PointSpec } from '../point.ts';
import { chooseThreads, computeLookahead, planSchedule, shareSlots } from './plan.ts';
import { TaskFeed } from './task-feed.ts';

const turn = { prompt: { kind: 'tokens', tokens: Uint32Array.of(1) }, outputTokens: 4 } as const;
const endless: RequestSource = { turnsPerRequest: 1, request: () => ({ turns: [turn] }) };
const closed = (concurrency: number): LoadShape => ({ kind: 'concurrency', concurrency });
const rate = { kind: 'rate', requestsPerSecond: 20, arrival: 'constant', burstiness: 1 } as const;

function point(load: LoadShape, more: Partial<PointSpec> = {}): PointSpec {
  return {
    id: 'p',
    endpoint: 'completions',
    model: 'm',
    load,
    dataset: { kind: 'random', inputLength: 100, outputLength: 100, rangeRatio: 0 },
    warmupRequests: 0,
    repeat: 0,
    seed: 1,
    requestTimeoutMs: 1000,
    ...more,
  };
}

describe('planSchedule', () => {
  it('ends after the requests or the time, whichever is first', () => {
    expect(planSchedule(point(rate, { requests: 10 }), endless).arrivals).toBe(10);
    expect(planSchedule(point(rate, { requests: 100, durationMs: 2000 }), endless).arrivals).toBe(40);
    expect(planSchedule(point(closed(4), { durationMs: 2000 }), endless)).toEqual({
      arrivals: Infinity,
      dueMs: undefined,
      durationMs: 2000,
    });
  });

  it('refuses a point without an end', () => {
    expect(() => planSchedule(point(closed(4)), endless)).toThrow('neither');
    expect(() => planSchedule(point(rate), endless)).toThrow('neither');
  });

  const ramp = { kind: 'ramp', growth: 'exponential', toRequestsPerSecond: 5 } as const;
  it.each<LoadShape>([
    closed(0),
    closed(NaN),
    { ...rate, requestsPerSecond: 0 },
    { ...rate, requestsPerSecond: Infinity },
    { ...rate, maxConcurrency: 0 },
    { ...rate, arrival: 'gamma', burstiness: 0 },
    { ...ramp, fromRequestsPerSecond: 0 },
    { kind: 'trace', speed: 0 },
  ])('refuses the load %j', (load) => {
    expect(() => planSchedule(point(load, { requests: 3 }), endless)).toThrow('cannot have');
  });

  it('takes no entry of a file twice', () => {
    expect(planSchedule(point(closed(4), { requests: 50 }), { ...endless, count: 8 }).arrivals).toBe(8);
    expect(planSchedule(point(closed(4)), { ...endless, count: 8 }).arrivals).toBe(8);
  });

  it('counts conversations by their turns', () => {
    expect(planSchedule(point(closed(4), { requests: 10 }), { ...endless, turnsPerRequest: 3 }).arrivals).toBe(4);
  });

  it('replays a trace, as far as its time goes', () => {
    const source = { ...endless, count: 4, timestampsMs: [100, 200, 300, 900] };
    const trace: LoadShape = { kind: 'trace', speed: 2 };
    expect(planSchedule(point(trace), source).dueMs).toEqual(Float64Array.of(0, 50, 100, 400));
    expect(planSchedule(point(trace, { durationMs: 101 }), source).dueMs).toHaveLength(3);
    expect(planSchedule(point(trace, { requests: 2 }), source).dueMs).toHaveLength(2);
    expect(() => planSchedule(point(trace), endless)).toThrow('no times');
  });
});

describe('threads', () => {
  it('are as many as the load needs and the machine has', () => {
    expect(chooseThreads(point(closed(1)), 64)).toBe(1);
    expect(chooseThreads(point(closed(1024)), 64)).toBe(8);
    expect(chooseThreads(point(closed(1024)), 2)).toBe(1);
    expect(chooseThreads(point(closed(1024)), 1)).toBe(1);
    expect(chooseThreads(point({ ...rate, requestsPerSecond: 1000 }), 64)).toBe(7);
    expect(chooseThreads(point({ ...rate, requestsPerSecond: 1000, maxConcurrency: 3 }), 64)).toBe(3);
  });

  it('share all slots', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 16 }), (slots, threads) => {
        const shares = Array.from({ length: threads }, (_, thread) => shareSlots(slots, thread, threads)!);
        expect(shares.reduce((a, b) => a + b, 0)).toBe(slots);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
    expect(shareSlots(null, 0, 3)).toBeNull();
  });

  it('have enough prompts waiting for their slots, within the memory', () => {
    const dataset = (inputLength: number) => ({ kind: 'random', inputLength, outputLength: 1, rangeRatio: 0 }) as const;
    expect(computeLookahead(dataset(100), 256)).toBe(528);
    expect(computeLookahead(dataset(100_000), null)).toBe(95);
    expect(computeLookahead(dataset(1_000_000), 64)).toBe(64);
  });
});

describe('TaskFeed', () => {
  const feed = (load: LoadShape, requests: number, threads: number) => {
    const schedule = planSchedule(point(load, { requests }), endless);
    return new TaskFeed({ point: point(load), source: endless, schedule, threads });
  };

  it('hands out every request once, whoever asks for how many', () => {
    const asks = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.boolean(), asks, (requests, paced, order) => {
        const source = feed(paced ? rate : closed(8), requests, 4);
        const rest = [0, 1, 2, 3].flatMap((thread) => Array.from({ length: 60 }, () => [thread, 20] as const));
        const indices: number[] = [];
        const ended = new Set<number>();
        for (const [thread, count] of [...order, ...rest]) {
          const { tasks, last } = source.take(thread, count, 0);
          if (ended.has(thread)) expect(tasks).toEqual([]);
          expect(tasks.length).toBeLessThanOrEqual(count);
          if (last) ended.add(thread);
          indices.push(...tasks.map(({ index }) => index));
        }
        expect(indices.sort((a, b) => a - b)).toEqual(Array.from({ length: requests }, (_, index) => index));
        expect(ended.size).toBe(4);
      }),
    );
  });

  it('lets no thread take in a closed loop what the others need', () => {
    const source = feed(closed(8), 16, 4);
    expect(source.take(0, 100, 0).tasks).toHaveLength(4);
  });

  it('gives each thread its own due times', () => {
    const source = feed(rate, 6, 2);
    expect(source.take(1, 10, 1000).tasks.map(({ index, intendedMs }) => [index, intendedMs])).toEqual([
      [1, 1100],
      [3, 1200],
      [5, 1300],
    ]);
  });
});
