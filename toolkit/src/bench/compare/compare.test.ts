import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeRun, type PointPlan } from '../../../test/lib/bench-run.ts';
import type { BenchResult } from '../result.ts';
import { compareResults } from './compare.ts';
import { refuseIncomparable } from './match.ts';

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

  it('is known to be impossible before anything is measured', () => {
    const { endpoint, load, dataset } = before.points[0]!.repeats[0]!.spec;
    const planned = { endpoint, load, dataset };
    expect(() => refuseIncomparable(before, [planned])).not.toThrow();
    expect(() => refuseIncomparable(before, [])).not.toThrow();
    const other = { ...planned, load: { kind: 'concurrency', concurrency: 77 } } as const;
    expect(() => refuseIncomparable(before, [planned, other])).not.toThrow();
    expect(() => refuseIncomparable(before, [other])).toThrow(/no point in common/);
    expect(() => refuseIncomparable(before, [{ ...planned, endpoint: 'chat' }])).toThrow(/no point in common/);
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

  it('refuses what cannot be compared', () => {
    const longer = { kind: 'random', inputLength: 4096, outputLength: 8, rangeRatio: 0 } as const;
    expect(() => compareResults(before, run(point({ dataset: longer }), point({ concurrency: 8 })))).toThrow(
      /different shapes/,
    );
    expect(() => compareResults(before, run(point({ concurrency: 2 })))).toThrow(/no point in common/);
    expect(() => compareResults(before, { ...before, points: [] })).toThrow(/no point in common/);
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
