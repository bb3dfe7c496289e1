import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../client-protocol.ts';
import { computeTimeline, thin } from './timeline.ts';

describe('thin', () => {
  it('keeps order, extremes and size', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 100 }), (list, points) => {
        const series = list.map((value, at) => [at, value] as const);
        const thinned = thin(series, points);
        expect(thinned.length).toBeLessThanOrEqual(points);
        for (const each of thinned) expect(series[each[0]]).toBe(each);
        expect(thinned.map(([at]) => at)).toEqual(thinned.map(([at]) => at).toSorted((a, b) => a - b));
        const kept = thinned.map(([, value]) => value);
        expect(Math.max(...kept)).toBe(Math.max(...list));
        expect(Math.min(...kept)).toBe(Math.min(...list));
      }),
    );
  });
});

describe('computeTimeline', () => {
  const metrics = (atMs: number, values: Record<string, number>): ClientEvent => ({
    type: 'metrics',
    sample: { atMs, values },
  });

  it('reads queue, cache and power by the names of either generation', () => {
    const events: readonly ClientEvent[] = [
      metrics(0, { 'vllm:num_requests_running': 1, 'vllm:num_requests_waiting': 0, 'vllm:gpu_cache_usage_perc': 0.25 }),
      metrics(1000, { 'vllm:num_requests_running': 3, 'vllm:num_requests_waiting': 7, 'vllm:kv_cache_usage_perc': 1 }),
      {
        type: 'gpu',
        sample: {
          atMs: 500,
          gpus: [
            { index: 0, powerWatt: 300 },
            { index: 1, powerWatt: 250 },
          ],
        },
      },
      { type: 'gpu', sample: { atMs: 1500, gpus: [{ index: 0 }] } },
    ];
    expect(computeTimeline(events, 100)).toEqual({
      running: [
        [0, 1],
        [1, 3],
      ],
      waiting: [
        [0, 0],
        [1, 7],
      ],
      kvCache: [
        [0, 25],
        [1, 100],
      ],
      power: [[0.5, 550]],
    });
  });

  it('is undefined where nothing was reported', () => {
    expect(computeTimeline([metrics(0, { unknown: 1 })], 100)).toBeUndefined();
    expect(computeTimeline([], 100)).toBeUndefined();
  });
});
