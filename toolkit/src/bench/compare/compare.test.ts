import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeRun, type PointPlan } from '../../../test/lib/bench-run.ts';
import type { ServiceLevel } from '../point.ts';
import type { BenchResult, RepeatResult } from '../result.ts';
import { aggregatePoint } from '../summary/aggregate.ts';
import { compareResults } from './compare.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimctl-bench-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...plans: readonly PointPlan[]): BenchResult => writeRun(folder, plans);
const point = (overrides: Partial<PointPlan> = {}): PointPlan => ({
  profile: 'p',
  concurrency: 4,
  requests: 60,
  tokens: 8,
  cv: 0.003,
  ...overrides,
});
const withoutShare = (repeat: RepeatResult): RepeatResult => ({
  ...repeat,
  corrected: { ...repeat.corrected, goodShare: null },
});
const before = run(point(), point({ concurrency: 8 }));

describe('compareResults', () => {
  it('finds nothing between a run and itself', () => {
    expect(compareResults(before, before)).toMatchObject({
      passed: true,
      worse: 0,
      better: 0,
      missing: 0,
      warnings: [],
    });
  });

  it('finds the point that got worse, and says by how much', () => {
    const after = run(point(), point({ concurrency: 8, tokenMs: 10 }));
    const comparison = compareResults(before, after);
    expect(comparison).toMatchObject({ passed: false, worse: 1 });
    const [same, worse] = comparison.points.map(({ figures }) => figures[0]);
    expect(same).toMatchObject({ figure: 'outputTokensPerSecond', verdict: 'same' });
    expect(worse).toMatchObject({ verdict: 'worse' });
    expect(worse!.change).toBeLessThan(-0.02);
    expect(worse!.changeLow!).toBeLessThan(worse!.change!);
    expect(compareResults(after, before)).toMatchObject({ passed: true, better: 1 });
  });

  it('judges other figures where asked to', () => {
    const after = run(point(), point({ concurrency: 8, tokenMs: 10 }));
    const { points } = compareResults(before, after, { judged: ['tpotMeanMs'] });
    expect(points[1]!.figures.find(({ verdict }) => verdict !== null)).toMatchObject({
      figure: 'tpotMeanMs',
      verdict: 'worse',
    });
  });

  it('fails for points that were not measured again, or not validly, but not for new ones', () => {
    expect(compareResults(before, run(point()))).toMatchObject({ passed: false, missing: 1 });
    const invalid = run(point(), point({ concurrency: 8, invalid: true }));
    const { passed, points } = compareResults(before, invalid);
    expect([passed, points[1]!.missing, points[1]!.reasons]).toEqual([false, 'no_valid_repeat_after', ['client_cpu']]);
    expect(compareResults(invalid, before)).toMatchObject({ passed: true, missing: 1 });
    const more = run(point(), point({ concurrency: 8 }), point({ concurrency: 16 }));
    expect(compareResults(before, more)).toMatchObject({ passed: true });
    expect(compareResults(before, more).warnings).toEqual([expect.stringContaining('only the second time')]);
  });

  it('has no verdict on single repeats, which fails where it is to be strict', () => {
    const single = run(point({ repeats: 1 }), point({ concurrency: 8, repeats: 1 }));
    expect(compareResults(before, single)).toMatchObject({ passed: true, unclear: 2 });
    expect(compareResults(before, single, { strict: true })).toMatchObject({ passed: false });
  });

  /** The same result under other limits. */
  const limited = (result: BenchResult, serviceLevel: ServiceLevel): BenchResult => ({
    ...result,
    points: result.points.map((each) => ({
      ...each,
      repeats: each.repeats.map((repeat) => ({ ...repeat, spec: { ...repeat.spec, serviceLevel } })),
    })),
  });

  it('judges no share of good requests that were good by other limits, and says of other figures that they differ', () => {
    const strict = limited(before, { ttftMs: 50, e2elMs: 900 });
    for (const figure of ['goodShare', 'goodRequestsPerSecond'] as const) {
      expect(() => compareResults(before, strict, { judged: [figure] })).toThrow(/other limits/);
    }
    expect(compareResults(before, strict).warnings).toEqual([
      'service level differs: ttft 500 ms, tpot 40 ms and ttft 50 ms, e2el 900 ms',
    ]);
    const same = limited(before, { tpotMs: 40, ttftMs: 500 });
    expect(compareResults(before, same, { judged: ['goodShare'] })).toMatchObject({ passed: true, warnings: [] });
    expect(compareResults(before, limited(before, {})).warnings[0]).toContain('and none');
  });

  it('fails where a judged figure was known before and is not any more', () => {
    const judged = ['goodShare'] as const;
    const unknown = {
      ...before,
      points: before.points.map((each) => aggregatePoint(each, each.repeats.map(withoutShare))),
    };
    const lost = compareResults(before, unknown, { judged });
    expect(lost).toMatchObject({ passed: false, worse: 2, unclear: 0 });
    expect(lost.points[0]!.figures[0]).toMatchObject({ after: null, change: null, verdict: 'worse' });
    expect(compareResults(unknown, before, { judged })).toMatchObject({ passed: true, unclear: 2 });
  });

  it('fails where a server answers nothing any more', () => {
    const silent = {
      ...before,
      points: before.points.map((each) =>
        aggregatePoint(
          each,
          each.repeats.map((repeat) => ({ ...repeat, corrected: { ...repeat.corrected, outputTokensPerSecond: 0 } })),
        ),
      ),
    };
    expect(compareResults(before, silent)).toMatchObject({ passed: false, worse: 2 });
  });

  it('refuses what cannot be compared', () => {
    const longer = { kind: 'random', inputLength: 4096, outputLength: 8, rangeRatio: 0 } as const;
    expect(() => compareResults(before, run(point({ dataset: longer }), point({ concurrency: 8 })))).toThrow(
      /different shapes/,
    );
    expect(() => compareResults(before, run(point({ concurrency: 2 })))).toThrow(/no point in common/);
    expect(() => compareResults(before, { ...before, points: [] })).toThrow(/no point in common/);
  });

  it('knows files by their content', () => {
    const file = (path: string, digest?: string) =>
      run(point({ dataset: { kind: 'jsonl', path, ...(digest !== undefined && { digest }) } }));
    const [one, moved, changed] = [file('/a/x.jsonl', 'aa'), file('/b/y.jsonl', 'aa'), file('/a/x.jsonl', 'bb')];
    expect(compareResults(one, moved)).toMatchObject({ passed: true, missing: 0 });
    expect(() => compareResults(one, changed)).toThrow(/different shapes/);
    expect(compareResults(file('/a/x.jsonl'), file('/a/x.jsonl'))).toMatchObject({ passed: true });
    expect(() => compareResults(file('/a/x.jsonl'), file('/b/y.jsonl'))).toThrow(/different shapes/);
  });

  it('holds one profile against another, and says what else differs', () => {
    const identity = { engineVersion: '0.12.0', imageDigest: 'sha256:other', backends: { attention: 'TRITON_ATTN' } };
    const other = run(point({ profile: 'q', identity }), point({ profile: 'q', concurrency: 8, identity }));
    const { points, warnings } = compareResults(before, { ...other, host: 'elsewhere' });
    expect(points.every(({ missing }) => missing === null)).toBe(true);
    expect(warnings).toEqual([
      'host differs: ssh://me@gpu-node and elsewhere',
      'profile differs: p and q',
      'engine version differs: 0.11.1 and 0.12.0',
      'image digest differs: sha256:0123456789abcdef and sha256:other',
      'attention back end differs: ROCM_AITER_FA and TRITON_ATTN',
    ]);
  });
});
