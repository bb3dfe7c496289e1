import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeRun, type PointPlan } from '../../../test/lib/bench-run.ts';
import type { LoadShape } from '../point.ts';
import { planRun, type Subject, type Workload } from '../run/plan.ts';
import { selectBaseline } from './baseline.ts';
import { compareResults } from './compare.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimctl-bench-baseline-'));
afterAll(() => rmSync(folder, { recursive: true }));

const point = (overrides: Partial<PointPlan> = {}): PointPlan => ({
  ...{ profile: 'p', concurrency: 4, requests: 60, tokens: 8, cv: 0.003 },
  ...overrides,
});
const before = writeRun(folder, [point(), point({ concurrency: 8 }), point({ concurrency: 16 })]);
const { endpoint, dataset } = before.points[0]!.repeats[0]!.spec;
const at = (concurrency: number): LoadShape => ({ kind: 'concurrency', concurrency });
const subject = (profile: string | null): Subject => ({ profile, file: undefined, digest: undefined });

function plan(parts: Partial<Workload>, profiles: readonly (string | null)[] = ['p']) {
  return planRun(profiles.map(subject), {
    ...{ endpoint, datasets: [dataset], loads: [at(8)], requests: undefined, durationMs: undefined },
    ...{ warmupRequests: undefined, seed: 1, requestTimeoutMs: 1000, serviceLevel: undefined },
    repeats: { least: 3, most: 7 },
    ...parts,
  });
}

const loadsOf = ({ points }: typeof before) => points.map(({ repeats: [first] }) => first?.spec.load);

describe('selectBaseline', () => {
  it('keeps the points that are measured again: the others are no regressions', () => {
    const baseline = selectBaseline(before, plan({}));
    expect(loadsOf(baseline)).toEqual([at(8)]);
    const after = writeRun(folder, [point({ concurrency: 8 })]);
    expect(compareResults(baseline, after)).toMatchObject({ passed: true, missing: 0 });
    expect(loadsOf(selectBaseline(before, plan({ loads: [at(16), at(77), at(4)] })))).toEqual([at(4), at(16)]);
  });

  it('looks at the names of profiles where there are several', () => {
    const two = writeRun(folder, [point({ profile: 'p' }), point({ profile: 'q' })]);
    const loads = [at(4)];
    expect(selectBaseline(two, plan({ loads }, ['q'])).points.map(({ profile }) => profile)).toEqual(['q']);
    expect(() => selectBaseline(two, plan({ loads }, ['other']))).toThrow(/no point in common/);
    expect(selectBaseline(before, plan({ loads }, ['other'])).points).toHaveLength(1);
  });

  it('refuses a run with nothing in common', () => {
    const usage = expect.objectContaining({ code: 'usage', message: 'the results have no point in common' }) as Error;
    expect(() => selectBaseline(before, plan({ loads: [at(77)] }))).toThrow(usage);
    const other = endpoint === 'chat' ? 'completions' : 'chat';
    expect(() => selectBaseline(before, plan({ endpoint: other }))).toThrow(usage);
  });

  it('refuses a search, whose loads are not known', () => {
    const search = plan({ loads: { kind: 'concurrency', least: 1, most: 64 }, serviceLevel: { ttftMs: 500 } });
    expect(() => selectBaseline(before, search)).toThrow(/--search-slo finds its loads while it measures/);
  });

  it('refuses runs that can have no verdict, for want of repeats on either side', () => {
    expect(() => selectBaseline(before, plan({ repeats: { least: 1, most: 1 } }))).toThrow(/a single repeat/);
    expect(() => selectBaseline(before, plan({ repeats: { least: 2, most: 2 } }))).not.toThrow();
    const single = writeRun(folder, [point({ concurrency: 8, repeats: 1 }), point({ repeats: 3 })]);
    expect(() => selectBaseline(single, plan({}))).toThrow(/two valid repeats/);
    expect(() => selectBaseline(single, plan({ loads: [at(8), at(4)] }))).not.toThrow();
  });
});
