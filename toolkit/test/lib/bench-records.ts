import type { ClientEvent, ClientHealth } from '../../src/bench/client-protocol.ts';
import type { PointSpec } from '../../src/bench/point.ts';
import type { RequestRecord } from '../../src/bench/record.ts';

/** A closed loop of 2 over random prompts of 10 and 4 tokens. */
export const SPEC: PointSpec = {
  id: 'p-c2-r1',
  endpoint: 'completions',
  model: 'acme/Model',
  load: { kind: 'concurrency', concurrency: 2 },
  dataset: { kind: 'random', inputLength: 10, outputLength: 4, rangeRatio: 0 },
  requests: 4,
  warmupRequests: 0,
  repeat: 1,
  seed: 1,
  requestTimeoutMs: 60_000,
};

/** A client at its ease. */
export const HEALTH: ClientHealth = {
  loopDelayP99Ms: 0.2,
  loopDelayMaxMs: 1,
  scheduleLagP50Ms: 0.01,
  scheduleLagP99Ms: 0.3,
  threadCpuMax: 0.2,
  events: 100,
  cpuMicrosecondsPerEvent: 12,
  workers: 1,
};

/** A successful request whose events bring one token each; all of it can be overridden. */
export function makeRecord(
  sentMs: number,
  eventTimesMs: readonly number[],
  overrides: Partial<RequestRecord> = {},
): RequestRecord {
  const [first] = eventTimesMs;
  return {
    index: 0,
    phase: 'measured',
    intendedMs: sentMs,
    sentMs,
    ...(first === undefined ? {} : { firstEventMs: first, firstContentMs: first }),
    endMs: eventTimesMs.at(-1) ?? sentMs,
    eventTimesMs,
    eventTokens: eventTimesMs.map(() => 1),
    promptTokens: 10,
    outputTokens: eventTimesMs.length,
    outcome: 'ok',
    ...overrides,
  };
}

/** What the client writes for these records. */
export function makeEvents(
  records: readonly RequestRecord[],
  toMs: number,
  { health = HEALTH, extra = [] }: { health?: ClientHealth; extra?: readonly ClientEvent[] } = {},
): readonly ClientEvent[] {
  return [
    { type: 'started', epochMs: Date.UTC(2026, 0, 2, 3, 4, 5), monotonicMs: 0, prefixCacheReset: false },
    ...extra,
    ...records.map((record) => ({ type: 'record' as const, record })),
    { type: 'done', fromMs: 0, toMs, health },
  ];
}
