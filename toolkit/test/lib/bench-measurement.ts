import type { Measurement } from '../../src/bench/calibrate/measure.ts';
import type { ClientEvent } from '../../src/bench/client-protocol.ts';
import type { PointSpec } from '../../src/bench/point.ts';
import { summariseRepeat } from '../../src/bench/summary/summarise-repeat.ts';

const REQUESTS = 20;
const ZERO_MS = 9_000;
const SPEC: PointSpec = {
  id: 'made',
  endpoint: 'completions',
  model: 'm',
  load: { kind: 'rate', requestsPerSecond: 10, arrival: 'constant', burstiness: 1 },
  dataset: { kind: 'random', inputLength: 1, outputLength: 2, rangeRatio: 0 },
  warmupRequests: 0,
  repeat: 0,
  seed: 1,
  requestTimeoutMs: 1000,
};

/** One request every 100 ms with two frames; the client sees each so late. */
export function measurementOf({
  lateMs,
  gapMs = 10,
}: {
  lateMs: (frame: number, request: number) => number;
  gapMs?: number;
}): Measurement {
  const requests = Array.from({ length: REQUESTS }, (_, index) => index);
  const frames = (index: number) => [index * 100 + gapMs, index * 100 + 2 * gapMs];
  const records = requests.map((index) => {
    const eventTimesMs = frames(index).map((time, at) => time + lateMs(at, index));
    const [firstEventMs = 0, endMs = 0] = eventTimesMs;
    const sentMs = index * 100;
    return {
      ...{ index, phase: 'measured' as const, intendedMs: sentMs, sentMs, firstEventMs, firstContentMs: firstEventMs },
      ...{ endMs, eventTimesMs, eventTokens: [1, 1], outputTokens: 2, promptTokens: 1, outcome: 'ok' as const },
    };
  });
  const health = {
    ...{ loopDelayP99Ms: 0, loopDelayMaxMs: 0, scheduleLagP50Ms: 0, scheduleLagP99Ms: 0, threadCpuMax: 0 },
    ...{ events: 2 * REQUESTS, cpuMicrosecondsPerEvent: 10, workers: 1 },
  };
  const events: ClientEvent[] = [
    { type: 'started', epochMs: 0, monotonicMs: ZERO_MS, prefixCacheReset: false },
    ...records.map((record) => ({ type: 'record' as const, record })),
    { type: 'done', fromMs: 0, toMs: REQUESTS * 100, health },
  ];
  const real = requests.map((index) => ({
    ...{ requestId: `measured-${index}`, index, receivedMs: index * 100 - 500, endedMs: index * 100 },
    ...{ frameTimesMs: frames(index).map((time) => time - 500), frameTokens: [1, 1], promptTokens: 1, cachedTokens: 0 },
    ...{ outputTokens: 2, preemptions: 0, fault: null, complete: true },
  }));
  return {
    repeat: summariseRepeat(SPEC, events, { recordsFile: '', samplesFile: '' }),
    records,
    // The server's clock began half a second after the client's.
    truth: { monotonicMs: ZERO_MS + 500, epochMs: 0, records: real, dropped: 0 },
    zeroMs: ZERO_MS,
  };
}
