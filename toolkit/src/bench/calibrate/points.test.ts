import { expect, it } from 'vitest';
import { FLOW_GAP_MS, planFlow, planFourTokens } from './points.ts';

it('plans a flow of the wanted rate, and enough requests for the wanted time', () => {
  for (const wanted of [1000, 20_000, 100_000]) {
    const { point } = planFlow(wanted, 4);
    const { load, dataset, requests = 0 } = point;
    if (load.kind !== 'concurrency' || dataset.kind !== 'random') throw new Error('another kind of point');
    // Mean TTFT of 25 ms, then 99 gaps.
    const perRequestS = (25 + (dataset.outputLength - 1) * FLOW_GAP_MS) / 1000;
    expect((load.concurrency / perRequestS) * dataset.outputLength).toBeGreaterThanOrEqual(wanted);
    expect((load.concurrency / perRequestS) * dataset.outputLength).toBeLessThan(wanted * 1.1);
    expect((requests * perRequestS) / load.concurrency).toBeCloseTo(4, 0);
  }
});

it('plans four tokens in every frame but the first', () => {
  const { server, point } = planFourTokens(4);
  expect([server.draftTokens, server.acceptance]).toEqual([3, 1]);
  if (point.dataset.kind !== 'random') throw new Error('another kind of point');
  expect((point.dataset.outputLength - 1) % 4).toBe(0);
});
