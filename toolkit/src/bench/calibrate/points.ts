import type { LoadShape, PointSpec } from '../point.ts';
import type { SimulatorOptions } from '../simulator/options.ts';

/** A point and the server it is measured on. */
export interface CalibrationPoint {
  readonly server: Partial<SimulatorOptions>;
  readonly point: PointSpec;
}

/** Between the frames of one stream. */
export const FLOW_GAP_MS = 10;
const INPUT_TOKENS = 32;
const MODEL = 'simulated/model';

/** Answers of each stream before the measured ones: so many until the client's code has been compiled for good. */
const WARMUP_ROUNDS = 4;

/** A stall that a client must not hide: 20 requests at 10 per second have to wait. */
export const STALL = { atMs: 3_000, durationMs: 2_000 };
/** What one request takes on the server that stalls. */
export const STALL_SERVICE_MS = 50;
export const STALL_RATE = 10;

/** So many frames per second for about this time: streams whose frames come evenly spread, as from many servers. */
export function planFlow(eventsPerSecond: number, seconds: number): CalibrationPoint {
  const outputLength = 100;
  // First tokens apart and answers of different length, or all streams would stay in step.
  const [fromMs, toMs] = [5, 5 + 4 * FLOW_GAP_MS];
  const perRequestS = ((fromMs + toMs) / 2 + (outputLength - 1) * FLOW_GAP_MS) / 1000;
  const concurrency = Math.ceil((eventsPerSecond * perRequestS) / outputLength);
  const point = pointOf(`flow-${eventsPerSecond}`, { kind: 'concurrency', concurrency }, outputLength);
  return {
    server: {
      ttft: { kind: 'uniform', fromMs, toMs },
      itl: { kind: 'constant', ms: FLOW_GAP_MS },
      maxNumSeqs: 100_000,
    },
    point: {
      ...point,
      dataset: { kind: 'random', inputLength: INPUT_TOKENS, outputLength, rangeRatio: 0.4 },
      requests: Math.ceil((concurrency * seconds) / perRequestS),
      warmupRequests: WARMUP_ROUNDS * concurrency,
    },
  };
}

/** The same flow from one engine, whose frames of a step come all at once. */
export function planSteps(eventsPerSecond: number, seconds: number): CalibrationPoint {
  const flow = planFlow(eventsPerSecond, seconds);
  return { server: { ...flow.server, stepMs: FLOW_GAP_MS }, point: { ...flow.point, id: `steps-${eventsPerSecond}` } };
}

/** Requests at a steady rate that a stalled server computes one by one. */
export function planStall(seconds: number): CalibrationPoint {
  const load = {
    kind: 'rate',
    requestsPerSecond: STALL_RATE,
    arrival: 'constant',
    burstiness: 1,
    maxConcurrency: 1,
  } as const;
  return {
    server: { ttft: { kind: 'constant', ms: STALL_SERVICE_MS }, stalls: [STALL] },
    point: { ...pointOf('stall', load, 1), requests: STALL_RATE * seconds },
  };
}

/** Speculative decoding: four tokens in each frame. */
export function planFourTokens(seconds: number): CalibrationPoint {
  const gapMs = 4 * FLOW_GAP_MS;
  const concurrency = 64;
  const outputLength = 201;
  const perRequestS = (50 * gapMs) / 1000;
  return {
    server: {
      ttft: { kind: 'uniform', fromMs: 5, toMs: 5 + gapMs },
      itl: { kind: 'constant', ms: gapMs },
      draftTokens: 3,
      acceptance: 1,
    },
    point: {
      ...pointOf('four-tokens', { kind: 'concurrency', concurrency }, outputLength),
      requests: Math.max(1, Math.round((concurrency * seconds) / perRequestS)),
    },
  };
}

function pointOf(id: string, load: LoadShape, outputLength: number): PointSpec {
  return {
    id,
    endpoint: 'completions',
    model: MODEL,
    load,
    dataset: { kind: 'random', inputLength: INPUT_TOKENS, outputLength, rangeRatio: 0 },
    warmupRequests: 0,
    repeat: 0,
    seed: 1,
    requestTimeoutMs: 60_000,
  };
}
