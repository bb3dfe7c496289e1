import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from '../../exit-codes.ts';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import type { BenchHost, ServerIdentity } from '../host.ts';
import type { PointSpec } from '../point.ts';
import { collectResult, findChangedServers } from './collect.ts';
import { planRun, type RunPlan, type Workload } from './plan.ts';
import { runPlan, type RunDeps } from './run.ts';
import { openStore, readSeed } from './store.ts';
import { findSearched } from './search.ts';
import { findMissed, findUnknown, findUnmet } from './thresholds.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-run-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const newFolder = () => join(mkdtempSync(join(scratch, 'run-')), 'out');

const identity: ServerIdentity = {
  ...{ image: 'i', imageDigest: null, engine: 'vllm', engineVersion: '1', model: 'm', backends: {} },
  ...{ gpu: null, gpuCount: 1, driver: null },
};

/** Events of a client whose requests each took `tokenMs` a token. */
function emitEvents(
  { point }: Pick<ClientRequest, 'point'>,
  tokenMs: number,
  onEvent: (event: ClientEvent) => void,
): void {
  const tokens = 'outputLength' in point.dataset ? (point.dataset.outputLength ?? 4) : 4;
  const requests = point.requests ?? 10;
  onEvent({ type: 'started', epochMs: 1_800_000_000_000, monotonicMs: 0, prefixCacheReset: true });
  const concurrency = point.load.kind === 'concurrency' ? point.load.concurrency : 1;
  let endMs = 0;
  for (let index = 0; index < requests; index++) {
    const sentMs = Math.floor(index / concurrency) * tokenMs * tokens;
    const eventTimesMs = Array.from({ length: tokens }, (_, at) => sentMs + (at + 1) * tokenMs);
    endMs = eventTimesMs.at(-1) ?? sentMs;
    onEvent({
      type: 'record',
      record: {
        ...{ index, phase: 'measured', intendedMs: sentMs, sentMs, endMs, eventTimesMs, outcome: 'ok' },
        ...{ firstEventMs: eventTimesMs[0]!, firstContentMs: eventTimesMs[0]!, eventTokens: eventTimesMs.map(() => 1) },
        ...{ promptTokens: 8, outputTokens: tokens, requestedOutputTokens: tokens, status: 200 },
      },
    });
    onEvent({ type: 'progress', sent: index + 1, done: index + 1, failed: 0, atMs: endMs });
  }
  const health = {
    ...{ loopDelayP99Ms: 0, loopDelayMaxMs: 0, scheduleLagP50Ms: 0, scheduleLagP99Ms: 0, threadCpuMax: 0 },
    ...{ events: 1, cpuMicrosecondsPerEvent: 1, workers: 1 },
  };
  onEvent({ type: 'done', fromMs: 0, toMs: endMs, health });
}

interface Behaviour {
  readonly tokenMs?: (spec: PointSpec) => number;
  /** Called before each repeat; may throw. */
  readonly beforeRepeat?: (spec: PointSpec) => void;
  readonly startFails?: (profile: string | undefined) => boolean;
  readonly image?: string;
}

/** A host in memory that counts what it starts and stops. */
function createHost(behaviour: Behaviour): { host: BenchHost; running: () => number; starts: () => number } {
  let running = 0;
  let starts = 0;
  return {
    running: () => running,
    starts: () => starts,
    host: {
      name: 'memory',
      capacity: () => Promise.resolve(1),
      close: () => Promise.resolve(),
      start: (request) => {
        if (behaviour.startFails?.(request.profile) === true) {
          return Promise.reject(failure('environment', { message: 'the engine ended: it had enough' }));
        }
        running++;
        starts++;
        return Promise.resolve({
          identity: { ...identity, image: behaviour.image ?? 'i' },
          measure: (asked, onEvent) => {
            behaviour.beforeRepeat?.(asked.point);
            emitEvents(asked, behaviour.tokenMs?.(asked.point) ?? 10, onEvent);
            return Promise.resolve();
          },
          stop: () => {
            running--;
            return Promise.resolve();
          },
        });
      },
    },
  };
}

const workload = (parts: Partial<Workload> = {}): Workload => ({
  endpoint: 'completions',
  datasets: [{ kind: 'random', inputLength: 8, outputLength: 5, rangeRatio: 0 }],
  loads: [2, 4].map((concurrency) => ({ kind: 'concurrency', concurrency })),
  ...{ requests: 40, durationMs: undefined, warmupRequests: 0, serviceLevel: undefined },
  ...{ seed: 1, requestTimeoutMs: 1000, repeats: { least: 3, most: 7 } },
  ...parts,
});
const planOf = (parts: Partial<Workload> = {}, profiles: readonly (string | null)[] = ['a', 'b']): RunPlan =>
  planRun(
    profiles.map((profile) => ({ profile, file: profile ?? undefined, digest: undefined })),
    workload(parts),
  );

async function run(
  plan: RunPlan,
  folder: string,
  options: { resume?: boolean; host: BenchHost; signal?: AbortSignal },
) {
  const signal = options.signal ?? new AbortController().signal;
  const store = await openStore(folder, { target: {}, plan }, { resume: options.resume ?? false, signal });
  const deps: RunDeps = {
    ...{ host: options.host, store, signal, requiredShare: 0.99 },
    toRequest: ({ file }) => ({
      env: {},
      gpuCount: 0,
      readyTimeoutMs: 1,
      ...(file === undefined ? {} : { profile: file }),
    }),
    client: { workers: 0, metricsIntervalMs: 0, keepText: false, resetPrefixCache: false },
    events: { phase: () => undefined, requests: () => undefined, repeated: () => undefined, failed: () => undefined },
    nowIso: () => '2026-01-01T00:00:00.000Z',
  };
  const failures = await runPlan(plan, deps).finally(() => store.close());
  return {
    failures,
    store,
    result: collectResult(plan, store, { tool: { name: 'aimctl', version: '1' }, finishedAt: 'x' }),
  };
}

describe('a run', () => {
  it('measures every point, with one start for each server, and keeps every request', async () => {
    const folder = newFolder();
    const { host, running, starts } = createHost({});
    const { failures, result } = await run(planOf(), folder, { host });
    expect({ failures, running: running(), starts: starts() }).toEqual({ failures: [], running: 0, starts: 2 });
    expect(result.points.map(({ key, repeats }) => [key, repeats.length])).toEqual(
      ['a', 'b'].flatMap((name) => ['c2', 'c4'].map((load) => [`${name}.random-8x5.${load}`, 3])),
    );
    const first = result.points[0]?.repeats[0];
    const lines = gunzipSync(readFileSync(join(folder, first!.recordsFile)))
      .toString()
      .trim()
      .split('\n');
    expect(lines).toHaveLength(40);
    expect(JSON.parse(lines[7]!)).toMatchObject({ index: 7, outcome: 'ok' });
    expect(findMissed(result, { repeats: 3 })).toEqual([]);
    // Fewer than were asked for say too little.
    const missed = findMissed(result, { repeats: 4 });
    expect(missed.map(({ text }) => text)).toEqual(missed.map(() => 'has 3 of 4 valid repeats'));
    expect(missed).toHaveLength(4);
  });

  it('goes on with the next server when one fails, and tries that one again when it is resumed', async () => {
    const folder = newFolder();
    const bad = createHost({ startFails: (profile) => profile === 'a' });
    const { failures, result } = await run(planOf(), folder, { host: bad.host });
    expect(failures).toMatchObject([{ profile: 'a', id: null, error: { code: 'environment' } }]);
    expect(result.points.map(({ profile }) => profile)).toEqual(['b', 'b']);
    const good = createHost({});
    const resumed = await run(planOf(), folder, { host: good.host, resume: true });
    expect(good.starts()).toBe(1);
    expect(resumed.result.points).toHaveLength(4);
  });

  // Every entry waits for the disk, which others may use too.
  it('loses at most the repeat that was going on, wherever it was ended', { timeout: 60_000 }, async () => {
    const plan = planOf();
    const total = 12;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), async (ends) => {
        const folder = newFolder();
        let measured = 0;
        for (const end of ends) {
          const controller = new AbortController();
          let left = end;
          const { host, running } = createHost({
            beforeRepeat: () => {
              measured++;
              if (--left === 0) {
                controller.abort(failure('interrupted', { message: 'interrupted' }));
                throw failure('interrupted', { message: 'interrupted' });
              }
            },
          });
          await run(plan, folder, { host, resume: true, signal: controller.signal }).catch((error: unknown) =>
            expect(error).toMatchObject({ code: 'interrupted' }),
          );
          expect(running()).toBe(0);
        }
        const { host } = createHost({
          beforeRepeat: () => {
            measured++;
          },
        });
        const { result } = await run(plan, folder, { host, resume: true });
        const kept = result.points.flatMap(({ repeats }) => repeats.map(({ spec }) => spec.id));
        expect([kept.length, new Set(kept).size]).toEqual([total, total]);
        expect(measured).toBeLessThanOrEqual(total + ends.length);
      }),
      { numRuns: 15 },
    );
  });

  it('measures again what a power cut left half written', async () => {
    const folder = newFolder();
    await run(planOf({}, ['a']), folder, { host: createHost({}).host });
    const points = join(folder, 'points');
    truncateSync(join(points, 'a.random-8x5.c4.r3.json'), 100);
    writeFileSync(join(points, 'a.random-8x5.c4.r9.json.123.partial'), 'x');
    truncateSync(join(folder, 'journal.jsonl'), readFileSync(join(folder, 'journal.jsonl')).length - 20);
    let measured = 0;
    const { host } = createHost({
      beforeRepeat: () => {
        measured++;
      },
    });
    const { result } = await run(planOf({}, ['a']), folder, { host, resume: true });
    expect(measured).toBe(1);
    expect(result.points.map(({ repeats }) => repeats.length)).toEqual([3, 3]);
    expect(readdirSync(points).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('asks for other prompts when a repeat that was broken off is measured again', async () => {
    const folder = newFolder();
    const seeds: number[] = [];
    const beforeRepeat = ({ id, seed }: PointSpec) => {
      if (id.endsWith('c2.r1')) seeds.push(seed);
      if (seeds.length === 1) throw failure('remote', { message: 'lost' });
    };
    await run(planOf({}, ['a']), folder, { host: createHost({ beforeRepeat }).host });
    await run(planOf({}, ['a']), folder, { host: createHost({ beforeRepeat }).host, resume: true });
    expect([seeds.length, new Set(seeds).size]).toEqual([2, 2]);
  });

  it('gives no number twice when a repeat in the middle was lost', async () => {
    const folder = newFolder();
    await run(planOf({}, ['a']), folder, { host: createHost({}).host });
    expect(readSeed(folder)).toBe(1);
    rmSync(join(folder, 'points/a.random-8x5.c4.r2.json'));
    const { result } = await run(planOf({}, ['a']), folder, { host: createHost({}).host, resume: true });
    const numbers = result.points.map(({ repeats }) => repeats.map(({ spec }) => spec.repeat));
    expect(numbers).toEqual([
      [1, 2, 3],
      [1, 3, 4],
    ]);
    expect(new Set(result.points[1]?.repeats.map(({ spec }) => spec.seed)).size).toBe(3);
  });

  it('repeats more often what differs more, and no more than is allowed', async () => {
    let count = 0;
    const { host } = createHost({ tokenMs: () => (count++ % 2 === 0 ? 10 : 20) });
    const { result } = await run(planOf({ loads: [{ kind: 'concurrency', concurrency: 2 }] }, [null]), newFolder(), {
      host,
    });
    expect(result.points.map(({ repeats }) => repeats.length)).toEqual([7]);
  });

  it('finds the highest load that meets the limits, in at most 8 loads and then repeats', async () => {
    const limit = 37;
    const { host } = createHost({
      tokenMs: ({ load }) => (load.kind === 'concurrency' && load.concurrency > limit ? 40 : 20),
    });
    const parts = {
      loads: { kind: 'concurrency', least: 1, most: 256 },
      serviceLevel: { tpotMs: 30 },
      requests: 600,
    } as const;
    const plan = planOf(parts, [null]);
    const { result, store } = await run(plan, newFolder(), { host });
    const best = result.points.filter(({ repeats }) => repeats.length === 3);
    expect(best).toHaveLength(1);
    const { load } = best[0]!.repeats[0]!.spec;
    const found = load.kind === 'concurrency' ? load.concurrency : 0;
    expect(found).toBeLessThanOrEqual(limit);
    expect(found).toBeGreaterThanOrEqual(Math.floor(limit / 1.06));
    expect(result.points.length).toBeLessThanOrEqual(8);
    expect(findMissed(result, { share: 0.99, repeats: 1 }).length).toBeGreaterThan(0);
    expect(findSearched(plan, { repeats: store.repeats, requiredShare: 0.99 })).toEqual([
      { key: 'server.random-8x5', best: best[0]!.key },
    ]);
    expect(findUnmet([{ key: 'x', best: null }])).toHaveLength(1);
    expect(findUnknown(result)).toEqual([]);
  });

  it('measures nothing on a server that is another one after it was resumed, and says so', async () => {
    const folder = newFolder();
    const plan = planOf({}, ['a']);
    const bad = createHost({
      beforeRepeat: ({ id }) => {
        if (id.endsWith('c4.r2')) throw failure('remote', { message: 'lost' });
      },
    });
    const { failures } = await run(plan, folder, { host: bad.host });
    expect(failures).toMatchObject([{ id: 'a.random-8x5.c4.r2' }]);
    const other = createHost({ image: 'other' });
    const resumed = await run(plan, folder, { host: other.host, resume: true });
    expect(findChangedServers(plan, resumed.store.entries())).toEqual(['a']);
    const message: unknown = expect.stringContaining('image was i, is other');
    expect(resumed.failures).toMatchObject([{ profile: 'a', error: { code: 'environment', message } }]);
    expect(other.running()).toBe(0);
    const countsOf = ({ result }: typeof resumed) => result.points.map(({ repeats }) => repeats.length);
    expect(countsOf(resumed)).toEqual([3, 1]);
    expect(resumed.result.points.map((point) => point.identity.image)).toEqual(['i', 'i']);
    // The same one as before is measured to the end.
    const last = await run(plan, folder, { host: createHost({}).host, resume: true });
    expect([last.failures, countsOf(last)]).toEqual([[], [3, 3]]);
    expect(findChangedServers(plan, last.store.entries())).toEqual([]);
  });
});
