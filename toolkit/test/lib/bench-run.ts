import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ClientEvent } from '../../src/bench/client-protocol.ts';
import type { ServerIdentity } from '../../src/bench/host.ts';
import { createRandom, drawGamma, drawNormal, type Random } from '../../src/bench/load/random.ts';
import type { PointSpec } from '../../src/bench/point.ts';
import type { RequestRecord } from '../../src/bench/record.ts';
import type { BenchResult, PointResult, RepeatResult } from '../../src/bench/result.ts';
import { aggregatePoint } from '../../src/bench/summary/aggregate.ts';
import { summariseRepeat } from '../../src/bench/summary/summarise-repeat.ts';
import { HEALTH, makeRecord, SPEC } from './bench-records.ts';

/** One point of a made-up run. */
export interface PointPlan {
  readonly profile: string;
  readonly concurrency: number;
  readonly gpus?: number;
  readonly repeats?: number;
  readonly requests?: number;
  readonly tokens?: number;
  /** Time per token of a lone request; it grows with the concurrency. */
  readonly tokenMs?: number;
  /** Relative spread between repeats. */
  readonly cv?: number;
  readonly identity?: Partial<ServerIdentity>;
  readonly dataset?: PointSpec['dataset'];
  readonly invalid?: boolean;
}

/** Events of a server whose steps grow with its batch: what a load client would have seen in one repeat. */
export function simulateRepeat(plan: PointPlan, repeat: number): { spec: PointSpec; events: readonly ClientEvent[] } {
  const { concurrency, requests = concurrency * 10, tokens = 32, tokenMs = 8, cv = 0.01 } = plan;
  const random = createRandom(repeat, concurrency, plan.profile.length, requests);
  const stepMs = tokenMs * (1 + concurrency / 48) * (1 + cv * drawNormal(random));
  const free = Array.from({ length: concurrency }, () => 0);
  const records = Array.from({ length: requests }, (_, index): RequestRecord => {
    const slot = free.indexOf(Math.min(...free));
    const sentMs = free[slot] ?? 0;
    const record = simulateRequest({ sentMs, index, tokens, stepMs, concurrency }, random);
    free[slot] = record.endMs;
    return record;
  });
  const toMs = Math.max(...free);
  const samples = simulateSamples(toMs, plan, random);
  const { dataset = { ...SPEC.dataset, kind: 'random', inputLength: 1024, outputLength: tokens, rangeRatio: 0 } } =
    plan;
  const spec: PointSpec = {
    ...SPEC,
    id: `${plan.profile.replaceAll(/\W+/g, '-')}-c${concurrency}-r${repeat}`,
    load: { kind: 'concurrency', concurrency },
    dataset,
    requests,
    repeat,
    serviceLevel: { ttftMs: 500, tpotMs: 40 },
  };
  const health = plan.invalid === true ? { ...HEALTH, threadCpuMax: 0.95 } : HEALTH;
  return {
    spec,
    events: [
      { type: 'started', epochMs: Date.UTC(2026, 0, 2, 3, 4, repeat), monotonicMs: 0, prefixCacheReset: true },
      ...records.map((record) => ({ type: 'record' as const, record })),
      ...samples,
      { type: 'done', fromMs: 0, toMs, health },
    ],
  };
}

interface SimulatedRequest {
  readonly sentMs: number;
  readonly index: number;
  readonly tokens: number;
  readonly stepMs: number;
  readonly concurrency: number;
}

function simulateRequest(request: SimulatedRequest, random: Random): RequestRecord {
  const { sentMs, index, tokens, stepMs, concurrency } = request;
  let atMs = sentMs + 30 + concurrency * drawGamma(random, 2);
  const times = Array.from({ length: tokens }, (_, at) => (at === 0 ? atMs : (atMs += stepMs * drawGamma(random, 30))));
  return makeRecord(sentMs, times, { index, promptTokens: 1024 });
}

function simulateSamples(toMs: number, { concurrency, gpus = 1 }: PointPlan, random: Random): readonly ClientEvent[] {
  const count = Math.floor(toMs / 1000) + 1;
  return Array.from({ length: count }, (_, at): readonly ClientEvent[] => {
    const busy = at === 0 ? 0 : 1;
    const values = {
      'vllm:num_requests_running': busy * Math.min(concurrency, 64),
      'vllm:num_requests_waiting': busy * Math.max(0, concurrency - 64 + Math.round(2 * drawNormal(random))),
      'vllm:kv_cache_usage_perc': busy * Math.min(1, 0.01 * concurrency * (0.8 + 0.2 * Math.min(1, at / 5))),
    };
    const powerWatt = 180 + busy * (300 + 3 * concurrency + 10 * drawNormal(random));
    const cards = Array.from({ length: gpus }, (_each, index) => ({ index, powerWatt, vramUsedBytes: 1.5e11 }));
    return [
      { type: 'metrics', sample: { atMs: at * 1000, values } },
      { type: 'gpu', sample: { atMs: at * 1000, gpus: cards } },
    ];
  }).flat();
}

const IDENTITY: ServerIdentity = {
  image: 'aim-acme-model:1.0.0',
  imageDigest: 'sha256:0123456789abcdef',
  engine: 'vllm',
  engineVersion: '0.11.1',
  model: 'acme/Model',
  backends: { attention: 'ROCM_AITER_FA' },
  gpu: 'MI300X',
  gpuCount: 1,
  driver: '6.14.5',
};

const nameOf = ({ profile }: PointPlan) => profile.replaceAll(/\W+/g, '-');

/** Writes a whole run as `aimctl bench` does: records, samples, result. Returns the result. */
export function writeRun(folder: string, plans: readonly PointPlan[]): BenchResult {
  const points = plans.map((plan): PointResult => {
    const repeats = Array.from({ length: plan.repeats ?? 3 }, (_, at): RepeatResult => {
      const { spec, events } = simulateRepeat(plan, at + 1);
      const recordsFile = `points/${spec.id}.records.jsonl.gz`;
      const samplesFile = `points/${spec.id}.samples.jsonl.gz`;
      const records = events.flatMap((event) => (event.type === 'record' ? [event.record] : []));
      writeLines(join(folder, recordsFile), records);
      const samples = events.filter(({ type }) => type === 'metrics' || type === 'gpu');
      writeLines(join(folder, samplesFile), samples);
      return summariseRepeat(spec, events, { recordsFile, samplesFile });
    });
    const identity = { ...IDENTITY, gpuCount: plan.gpus ?? 1, ...plan.identity };
    const key = `${nameOf(plan)}/random-${plan.tokens ?? 32}/c${plan.concurrency}`;
    return aggregatePoint({ key, profile: plan.profile, identity }, repeats);
  });
  const result: BenchResult = {
    schemaVersion: 1,
    tool: { name: 'aimctl', version: '0.9.0' },
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T04:05:06.000Z',
    host: 'ssh://me@gpu-node',
    points,
  };
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
  return result;
}

function writeLines(file: string, values: readonly object[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(values.map((value) => `${JSON.stringify(value)}\n`).join(''), { level: 1 }));
}
