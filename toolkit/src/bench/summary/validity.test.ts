import { describe, expect, it } from 'vitest';
import { HEALTH, makeEvents, makeRecord, SPEC } from '../../../test/lib/bench-records.ts';
import type { ClientEvent, ClientHealth } from '../client-protocol.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { InvalidReason } from '../result.ts';
import { summariseRepeat } from './summarise-repeat.ts';

/** 100 requests of a closed loop of 2, each with 4 tokens 20 ms apart. */
const records: readonly RequestRecord[] = Array.from({ length: 100 }, (_, index) => {
  const sentMs = Math.floor(index / 2) * 80;
  return makeRecord(
    sentMs,
    [20, 40, 60, 80].map((after) => sentMs + after),
    { index },
  );
});

const scrape = (atMs: number, tokens: number, prompts: number): ClientEvent => ({
  type: 'metrics',
  sample: { atMs, values: { 'vllm:generation_tokens_total': tokens, 'vllm:prompt_tokens_total': prompts } },
});

interface Variation {
  readonly spec?: Partial<PointSpec>;
  readonly health?: Partial<ClientHealth>;
  readonly change?: (record: RequestRecord, index: number) => RequestRecord;
  readonly extra?: readonly ClientEvent[];
}

function reasonsOf({ spec, health, change = (record) => record, extra = [] }: Variation): readonly InvalidReason[] {
  const events = makeEvents(records.map(change), 4000, { health: { ...HEALTH, ...health }, extra });
  const repeat = summariseRepeat({ ...SPEC, ...spec }, events, { recordsFile: 'r', samplesFile: 's' });
  expect(repeat.valid).toBe(repeat.reasons.length === 0);
  return repeat.reasons;
}

const RATE = { kind: 'rate', requestsPerSecond: 25, arrival: 'constant', burstiness: 1 } as const;

describe('a repeat', () => {
  it('is valid when nothing speaks against it', () => {
    expect(reasonsOf({ extra: [scrape(-1, 1000, 5000), scrape(4001, 1400, 6000)] })).toEqual([]);
  });

  it.each<[InvalidReason, Variation]>([
    ['client_loop_delay', { health: { loopDelayP99Ms: 2.1 } }],
    ['client_schedule_lag', { health: { scheduleLagP99Ms: 5.1 } }],
    ['client_cpu', { health: { threadCpuMax: 0.71 } }],
    ['too_many_failures', { change: (record, at) => (at < 2 ? { ...record, outcome: 'error_frame' } : record) }],
    ['tokens_disagree_with_server', { extra: [scrape(-1, 1000, 5000), scrape(4001, 1401, 6000)] }],
    ['tokens_disagree_with_server', { extra: [scrape(-1, 1000, 5000), scrape(4001, 1399, 6000)] }],
    ['tokens_disagree_with_server', { extra: [scrape(-1, 1000, 5000), scrape(4001, 1400, 6002)] }],
    ['load_not_delivered', { spec: { load: { kind: 'concurrency', concurrency: 3 } } }],
    // Each slot stays empty for 10 of 80 ms.
    ['load_not_delivered', { change: (record) => ({ ...record, endMs: record.sentMs + 70 }) }],
    // Sent in twice the time that was intended.
    [
      'load_not_delivered',
      { spec: { load: RATE }, change: (record) => ({ ...record, intendedMs: record.sentMs / 2 }) },
    ],
  ])('is not, by %s', (reason, variation) => {
    expect(reasonsOf(variation)).toEqual([reason]);
  });

  it('is not without a single answer, whatever else', () => {
    expect(reasonsOf({ change: (record) => ({ ...record, outcome: 'timeout' }) })).toContain('no_measured_requests');
  });

  it('is not when the server began anew', () => {
    const reasons = reasonsOf({ extra: [scrape(-1, 1000, 5000), scrape(2000, 10, 20), scrape(4001, 300, 300)] });
    expect(reasons).toContain('server_restarted');
  });

  it('may have a slow event loop where gaps are long', () => {
    const stretched = (record: RequestRecord) => ({
      ...record,
      eventTimesMs: [1, 2, 3, 4].map((at) => record.sentMs + at * 200),
    });
    expect(reasonsOf({ health: { loopDelayP99Ms: 15 }, change: stretched })).toEqual([]);
  });

  it('may have delays that change no percentile: some frames wait long, or each brings several tokens', () => {
    const waiting = (record: RequestRecord) => ({
      ...record,
      eventTimesMs: [20, 40, 60, 260].map((at) => record.sentMs + at),
      endMs: record.sentMs + 260,
    });
    // The median gap is 20 ms, the 99th percentile 200 ms.
    const spread = { spec: { load: RATE }, change: waiting };
    expect(reasonsOf({ ...spread, health: { loopDelayP99Ms: 19 } })).toEqual([]);
    expect(reasonsOf({ ...spread, health: { loopDelayP99Ms: 21 } })).toEqual(['client_loop_delay']);
    const packed = (record: RequestRecord) => ({
      ...record,
      eventTimesMs: [100, 200, 300, 400].map((at) => record.sentMs + at),
      eventTokens: [10, 10, 10, 10],
      endMs: record.sentMs + 400,
    });
    expect(reasonsOf({ spec: { load: RATE }, change: packed, health: { loopDelayP99Ms: 9 } })).toEqual([]);
  });

  it('is not when random prompts were in the cache, beyond what a chat template is', () => {
    const hits = (cached: number) => {
      const name = 'vllm:prompt_tokens_cached_total';
      const at = (atMs: number, tokens: number): ClientEvent => ({
        type: 'metrics',
        sample: { atMs, values: { 'vllm:prompt_tokens_total': atMs < 0 ? 5000 : 6000, [name]: tokens } },
      });
      return [at(-1, 70), at(4001, 70 + cached)];
    };
    expect(reasonsOf({ extra: hits(50) })).toEqual([]);
    expect(reasonsOf({ extra: hits(51) })).toEqual(['prompts_were_cached']);
    expect(reasonsOf({ extra: hits(900), spec: { endpoint: 'chat' } })).toEqual([]);
    const shared = { kind: 'shared-prefix', prefixLength: 5, prefixes: 1, inputLength: 5, outputLength: 4 } as const;
    expect(reasonsOf({ extra: hits(900), spec: { dataset: shared } })).toEqual([]);
  });

  it('does not compare tokens that it cannot know: requests that ran at a scrape, or failed', () => {
    expect(reasonsOf({ extra: [scrape(-1, 1000, 5000), scrape(3990, 9000, 9000)] })).toEqual([]);
    const oneFailed = (record: RequestRecord, at: number): RequestRecord =>
      at === 0 ? { ...record, outcome: 'connection_reset', outputTokens: 1 } : record;
    const more = [scrape(-1, 1000, 5000), scrape(4001, 1400, 6000)];
    expect(reasonsOf({ change: oneFailed, extra: more })).toEqual([]);
  });

  it('leaves requests that the end of the point cut off out of failures', () => {
    const cut = (record: RequestRecord, at: number): RequestRecord =>
      at >= 98 ? { ...record, outcome: 'cancelled' } : record;
    const events = makeEvents(records.map(cut), 4000);
    const repeat = summariseRepeat(SPEC, events, { recordsFile: 'r', samplesFile: 's' });
    expect(repeat).toMatchObject({
      valid: true,
      outcomes: { ok: 98, cancelled: 2 },
      vllm: { completed: 98, failed: 0 },
    });
  });
});

it('does not summarise what did not end', () => {
  const events = makeEvents(records, 4000).filter(({ type }) => type !== 'done');
  const files = { recordsFile: 'r', samplesFile: 's' };
  expect(() => summariseRepeat(SPEC, [...events, { type: 'failed', message: 'out of memory' }], files)).toThrow(
    /ended before p-c2-r1 was measured: out of memory/,
  );
});
