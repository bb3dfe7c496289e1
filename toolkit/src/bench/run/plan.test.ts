import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec, LoadShape } from '../point.ts';
import { estimateTime } from './estimate.ts';
import { datasetName, planRun, planSearchPoint, repeatId, toSpec, type Subject, type Workload } from './plan.ts';

const count = fc.integer({ min: 1, max: 4000 });
const rate = fc.double({ min: 0.01, max: 1000, noNaN: true });
const loads: fc.Arbitrary<LoadShape> = fc.oneof(
  fc.record({ kind: fc.constant('concurrency' as const), concurrency: count }),
  fc.record({
    kind: fc.constant('rate' as const),
    requestsPerSecond: rate,
    arrival: fc.constantFrom('constant' as const, 'poisson' as const, 'gamma' as const),
    burstiness: rate,
  }),
  fc.record({ kind: fc.constant('trace' as const), speed: rate }),
);
const datasets: fc.Arbitrary<DatasetSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('random' as const),
    inputLength: count,
    outputLength: count,
    rangeRatio: fc.constantFrom(0, 0.5),
  }),
  fc.record({
    kind: fc.constant('multi-turn' as const),
    turns: count,
    inputLength: count,
    outputLength: count,
    thinkTimeMs: fc.constantFrom(0, 1000),
  }),
  fc.record({ kind: fc.constant('jsonl' as const), path: fc.string({ minLength: 1 }).map((name) => `/data/${name}`) }),
  fc.record(
    {
      kind: fc.constantFrom('sharegpt' as const, 'jsonl' as const),
      path: fc.constant('/data/chat.jsonl'),
      digest: fc.stringMatching(/^[0-9a-f]{64}$/),
      outputLength: count,
    },
    { requiredKeys: ['kind', 'path', 'digest'] },
  ),
);
const subject = (profile: string | null): Subject => ({ profile, file: undefined, digest: undefined });

const workload = (parts: Partial<Workload> = {}): Workload => ({
  endpoint: 'completions',
  datasets: [{ kind: 'random', inputLength: 8, outputLength: 4, rangeRatio: 0 }],
  loads: [{ kind: 'concurrency', concurrency: 2 }],
  ...{ requests: undefined, durationMs: undefined, warmupRequests: undefined, serviceLevel: undefined },
  ...{ seed: 1, requestTimeoutMs: 1000, repeats: { least: 3, most: 7 } },
  ...parts,
});

describe('the plan of a run', () => {
  it('has every profile, shape and load once, under names that files may have, with seeds of their own', () => {
    const matrix = fc.record({
      shapes: fc.uniqueArray(datasets, { selector: (each) => JSON.stringify(each), minLength: 1, maxLength: 3 }),
      points: fc.uniqueArray(loads, { selector: (each) => JSON.stringify(each), minLength: 1, maxLength: 3 }),
      profiles: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(matrix, ({ shapes, points, profiles }) => {
        const given = workload({ datasets: shapes, loads: points });
        const { servers } = planRun(profiles.map(subject), given);
        const all = servers.flatMap((server) => server.points);
        expect(all).toHaveLength(shapes.length * points.length * profiles.length);
        const ids = all.flatMap(({ key }) => [1, 2].map((repeat) => repeatId(key, repeat)));
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^\w[\w.-]*$/);
        const specs = all.flatMap((point) => [1, 2].map((repeat) => toSpec(given, point, { repeat, model: 'm' })));
        expect(new Set(specs.map(({ seed }) => seed)).size).toBeGreaterThan(specs.length * 0.9);
        expect(specs).toEqual(
          all.flatMap((point) => [1, 2].map((repeat) => toSpec(given, point, { repeat, model: 'm' }))),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('calls a file by its content, wherever it is', () => {
    const [digest, other] = ['a'.repeat(64), 'b'.repeat(64)];
    const nameOf = (path: string, content: string) => datasetName({ kind: 'jsonl', path, digest: content });
    expect(nameOf('/here/chat.jsonl', digest)).toBe(nameOf('/there/chats.jsonl', digest));
    expect(nameOf('/here/chat.jsonl', digest)).not.toBe(nameOf('/here/chat.jsonl', other));
  });

  it('sends as much as the load needs where nothing is said', () => {
    const plan = (parts: Partial<Workload>) => planRun([subject(null)], workload(parts)).servers[0]?.points[0];
    expect(plan({ loads: [{ kind: 'concurrency', concurrency: 16 }] })).toMatchObject({
      key: 'server.random-8x4.c16',
      ...{ requests: 160, warmupRequests: 32 },
    });
    const slow = { kind: 'rate', requestsPerSecond: 5, arrival: 'poisson', burstiness: 1 } as const;
    expect(plan({ loads: [slow] })).toMatchObject({ requests: 300, warmupRequests: 25 });
    expect(plan({ durationMs: 9000 })?.requests).toBeUndefined();
    expect(plan({ requests: 5, durationMs: 9000, warmupRequests: 0 })).toMatchObject({
      requests: 5,
      warmupRequests: 0,
    });
  });

  it('knows how long it may take, and longer for more', () => {
    const estimate = (parts: Partial<Workload>, startMs = 0) =>
      estimateTime(planRun([subject('a'), subject('b')], workload(parts)), startMs);
    const base = estimate({});
    expect(base.mostMs).toBeGreaterThan(base.leastMs);
    expect(estimate({}, 1000).leastMs).toBe(base.leastMs + 2000);
    expect(estimate({ requests: 2000 }).leastMs).toBeGreaterThan(base.leastMs);
    expect(estimate({ durationMs: 60_000 }).leastMs).toBeGreaterThan(2 * 3 * 60_000);
    const search = estimate({ loads: { kind: 'concurrency', least: 1, most: 256 } });
    expect(search.leastMs).toBeGreaterThan(0);
    const searched = planSearchPoint(
      workload(),
      { key: 'x', dataset: workload().datasets[0]!, bounds: { kind: 'rate', least: 1, most: 9 } },
      1 / 3,
    );
    expect(searched).toMatchObject({ key: 'x.r0.333333-poisson', load: { requestsPerSecond: 0.333333 } });
  });
});
