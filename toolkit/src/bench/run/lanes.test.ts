import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { failure } from '../../exit-codes.ts';
import type { BenchHost } from '../host.ts';
import { planRun } from './plan.ts';
import { runPlan } from './run.ts';
import { openStore } from './store.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-lanes-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const PROFILES = ['a', 'b', 'c', 'd'];
const plan = planRun(
  PROFILES.map((profile) => ({ profile, file: profile, digest: undefined })),
  {
    endpoint: 'completions',
    datasets: [{ kind: 'random', inputLength: 8, outputLength: 5, rangeRatio: 0 }],
    loads: [{ kind: 'concurrency', concurrency: 2 }],
    ...{ requests: 4, durationMs: undefined, warmupRequests: 0, serviceLevel: undefined },
    ...{ seed: 1, requestTimeoutMs: 1000, repeats: { least: 1, most: 1 } },
  },
);

/** Starts no server, and counts how many were asked for at the same time. */
function createHost(room: number | undefined): { host: BenchHost; most: () => number } {
  let [now, most] = [0, 0];
  return {
    most: () => most,
    host: {
      ...{ name: 'memory', capacity: () => Promise.resolve(1), close: () => Promise.resolve() },
      ...(room === undefined ? {} : { room: ({ length }) => Promise.resolve(length === PROFILES.length ? room : 0) }),
      start: async () => {
        most = Math.max(most, ++now);
        await sleep(20);
        now--;
        throw failure('environment', { message: 'no' });
      },
    },
  };
}

it.each([
  { room: undefined, most: 1 },
  { room: 0, most: 1 },
  { room: 2, most: 2 },
  { room: 9, most: 4 },
])('a host with room for $room is asked for $most servers at a time', async (given) => {
  const { host, most } = createHost(given.room);
  const { signal } = new AbortController();
  const folder = join(mkdtempSync(join(scratch, 'run-')), 'out');
  const failures = await runPlan(plan, {
    ...{ host, signal, requiredShare: 0.99, nowIso: () => '2026-01-01T00:00:00.000Z' },
    store: await openStore(folder, { target: {}, plan }, { resume: false, signal }),
    toRequest: () => ({ env: {}, gpuCount: 0, readyTimeoutMs: 1 }),
    client: { workers: 0, metricsIntervalMs: 0, keepText: false, resetPrefixCache: false },
    events: { phase: () => undefined, requests: () => undefined, repeated: () => undefined, failed: () => undefined },
  });
  expect(most()).toBe(given.most);
  expect(failures.map(({ profile }) => profile).sort()).toEqual(PROFILES);
});
