import { describe, expect, it } from 'vitest';
import { compareWithTruth } from '../../src/bench/calibrate/compare-truth.ts';
import { measureSimulated } from '../../src/bench/calibrate/measure.ts';
import type { PointSpec } from '../../src/bench/point.ts';
import type { RequestOutcome } from '../../src/bench/record.ts';
import { FAULT_KINDS, type FaultKind } from '../../src/bench/simulator/fault.ts';

/** What a client has to say about each thing that goes wrong. */
const OUTCOMES: Readonly<Record<FaultKind, RequestOutcome>> = {
  error_frame: 'error_frame',
  eof_without_done: 'eof_without_done',
  truncated: 'eof_without_done',
  wrong_token_count: 'wrong_token_count',
  no_tokens: 'no_tokens',
  malformed_frame: 'malformed_frame',
  http_4xx: 'http_4xx',
  http_5xx: 'http_5xx',
  hang: 'timeout',
  connection_reset: 'connection_reset',
};

const POINT: PointSpec = {
  id: 'truth',
  endpoint: 'completions',
  model: 'simulated/model',
  load: { kind: 'concurrency', concurrency: 16 },
  dataset: { kind: 'random', inputLength: 20, outputLength: 12, rangeRatio: 0 },
  requests: 100,
  warmupRequests: 0,
  repeat: 0,
  seed: 3,
  requestTimeoutMs: 2000,
};
const FAST = { ttft: { kind: 'uniform', fromMs: 5, toMs: 15 }, itl: { kind: 'constant', ms: 4 } } as const;
const deps = { cores: null, signal: new AbortController().signal };

describe.each(['completions', 'chat'] as const)('the load client against the truth, %s', (endpoint) => {
  it('agrees on every frame and every token', async () => {
    const { records, truth, zeroMs, repeat } = await measureSimulated(FAST, { ...POINT, endpoint }, deps);
    expect(repeat.outcomes).toEqual({ ok: 100 });
    const errors = compareWithTruth(records, truth, zeroMs);
    expect(errors.unmatched).toBe(0);
    // Nothing arrives before it was written, whatever the load of this machine.
    expect(errors.send[0]).toBeGreaterThan(0);
    const told = new Map(truth.records.map((record) => [record.requestId, record]));
    for (const { phase, index, outputTokens, promptTokens, eventTokens } of records) {
      const real = told.get(`${phase}-${index}`);
      expect([outputTokens, promptTokens]).toEqual([real?.outputTokens, real?.promptTokens]);
      expect(eventTokens).toEqual(real?.frameTokens);
    }
    const sum = (tokens: readonly number[]) => tokens.reduce((total, each) => total + each, 0);
    expect(repeat.server?.generationTokens).toBeLessThanOrEqual(sum(truth.records.map((each) => each.outputTokens)));
    expect(repeat.reasons).not.toContain('tokens_disagree_with_server');
  });

  it('calls every fault by its name', async () => {
    const faults = FAULT_KINDS.map((kind, at) => ({ kind, indices: [at * 5 + 2, at * 5 + 4] }));
    const { records, truth } = await measureSimulated({ ...FAST, faults }, { ...POINT, endpoint }, deps);
    const told = new Map(truth.records.map(({ requestId, fault }) => [requestId, fault]));
    for (const { phase, index, outcome } of records) {
      const fault = told.get(`${phase}-${index}`) ?? null;
      expect(outcome, `request ${index}, ${fault ?? 'no fault'}`).toBe(fault === null ? 'ok' : OUTCOMES[fault]);
    }
    expect(new Set(told.values()).size).toBe(FAULT_KINDS.length + 1);
  });
});
