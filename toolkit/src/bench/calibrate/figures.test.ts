import { describe, expect, it } from 'vitest';
import { computeFlowFigures, computeStallFigures, computeTokenFigures } from './figures.ts';
import type { Measurement } from './measure.ts';
import { FLOW_GAP_MS } from './points.ts';
import { findCeiling } from './run.ts';
import { measurementOf } from '../../../test/lib/bench-measurement.ts';

const figure = (figures: ReturnType<typeof computeFlowFigures>, id: string) => figures.find((each) => each.id === id);

describe('computeFlowFigures', () => {
  it('holds errors against their targets', () => {
    const good = computeFlowFigures([measurementOf({ lateMs: (at) => (at === 0 ? 0.1 : 0.2) })]);
    expect(figure(good, 'ttft-error-p50')).toMatchObject({ met: true, target: 0.2, unit: 'ms' });
    expect(figure(good, 'ttft-error-p50')?.value).toBeCloseTo(0.1);
    expect(figure(good, 'gap-error-p99')?.value).toBeCloseTo(0.1);
    const bad = computeFlowFigures([measurementOf({ lateMs: (at) => (at === 0 ? 3 : 0) })]);
    expect(figure(bad, 'ttft-error-p99')).toMatchObject({ met: false });
    expect(figure(bad, 'gap-error-p99')).toMatchObject({ met: false });
  });

  it('is the median of its runs', () => {
    const late = [5, 0.2, 0.1].map((ms) => measurementOf({ lateMs: () => ms }));
    expect(figure(computeFlowFigures(late), 'ttft-error-p50')?.value).toBeCloseTo(0.2);
  });

  it('leaves out requests that are not in the steady window', () => {
    const measurement = measurementOf({ lateMs: (_, request) => (request === 0 ? 500 : 0) });
    expect(figure(computeFlowFigures([measurement]), 'ttft-error-p99')?.value).toBeCloseTo(0);
  });

  it('counts what the two sides do not agree on', () => {
    const measurement = measurementOf({ lateMs: () => 0 });
    const truth = { ...measurement.truth, records: measurement.truth.records.slice(2) };
    expect(
      figure(computeFlowFigures([measurement, { ...measurement, truth }, measurement]), 'unmatched'),
    ).toMatchObject({ value: 2, met: false });
  });
});

describe('computeStallFigures', () => {
  it('compares with the theory of the requests in the steady window', () => {
    // Requests come every 100 ms and take 2 frames of 10 ms; without a stall each has the service time as latency.
    const server = { serviceMs: 20, stall: { atMs: 1e6, durationMs: 1 } };
    const figures = computeStallFigures(measurementOf({ lateMs: () => 0 }), server);
    expect(figure(figures, 'stall-theory-p99')?.value).toBeCloseTo(20);
    const stalled = { serviceMs: 20, stall: { atMs: 450, durationMs: 300 } };
    const missed = computeStallFigures(measurementOf({ lateMs: () => 0 }), stalled);
    expect(figure(missed, 'stall-error')).toMatchObject({ met: false });
  });
});

describe('computeTokenFigures', () => {
  it('compares the time per token with the truth', () => {
    const figures = computeTokenFigures(measurementOf({ lateMs: () => 0 }));
    expect(figure(figures, 'token-gap-error')).toMatchObject({ met: true });
    expect(figure(figures, 'token-gap-error')?.value).toBeCloseTo(0);
  });
});

describe('findCeiling', () => {
  const flow = (outputTokensPerSecond: number, reasons: readonly 'client_cpu'[] = [], gapMs = 10): Measurement => {
    const measurement = measurementOf({ lateMs: () => 0, gapMs });
    const { repeat } = measurement;
    return {
      ...measurement,
      repeat: { ...repeat, reasons, corrected: { ...repeat.corrected, outputTokensPerSecond } },
    };
  };
  const rateOf = (id: string) => Number(/\d+$/.exec(id)?.[0]);

  it('is the last rate at which the client trusts itself', async () => {
    const found = await findCeiling([flow(19_900)], ({ point }) => {
      const rate = rateOf(point.id);
      return Promise.resolve(flow(rate - 100, rate > 56_000 ? ['client_cpu'] : []));
    });
    expect(found).toEqual({ eventsPerSecond: 55_900, reason: 'client_cpu' });
  });

  it('takes a step that was spoilt once', async () => {
    const seen = new Set<string>();
    const found = await findCeiling([flow(19_900)], ({ point }) => {
      const isFirst = !seen.has(point.id);
      seen.add(point.id);
      const rate = rateOf(point.id);
      return Promise.resolve(flow(rate, rate > 64_000 || isFirst ? ['client_cpu'] : []));
    });
    expect(found).toEqual({ eventsPerSecond: 64_000, reason: 'client_cpu' });
  });

  it('is 0 when even the first was not trusted', async () => {
    const found = await findCeiling([flow(19_900, ['client_cpu'])], () => Promise.reject(new Error('measured again')));
    expect(found).toEqual({ eventsPerSecond: 0, reason: 'client_cpu' });
  });

  it('says when the server was the limit, or the list of rates', async () => {
    const slow = await findCeiling([flow(19_900)], () => Promise.resolve(flow(30_000, [], 1.2 * FLOW_GAP_MS)));
    expect(slow).toEqual({ eventsPerSecond: 19_900, reason: 'the simulated server cannot send faster' });
    const fast = await findCeiling([flow(19_900)], ({ point }) => Promise.resolve(flow(rateOf(point.id))));
    expect(fast).toEqual({ eventsPerSecond: 100_000, reason: 'the highest rate that is tried' });
  });
});
