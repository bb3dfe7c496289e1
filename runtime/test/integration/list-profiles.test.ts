import { describe, expect, it } from 'vitest';
import { GENERAL, PROFILE, ProfileTree, run, settings } from '../lib/run-executable.ts';

function tree(): ProfileTree {
  return new ProfileTree()
    .put('org/model/fast.yaml', PROFILE)
    .put('org/model/wide.yaml', PROFILE.replace('metric: latency', 'metric: throughput'))
    .put('org/model/byhand.yaml', PROFILE.replace('manual_selection_only: false', 'manual_selection_only: true'))
    .put('org/model/broken.yaml', 'metadata:\n  engine: vlm\n')
    .put('general/g.yaml', GENERAL);
}

describe('list-profiles', () => {
  it('gives everything as JSON', () => {
    using profiles = tree();
    const { stdout, status } = run(
      ['list-profiles', '--format', 'json'],
      settings(profiles, { AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false' }),
    );
    const listed = JSON.parse(stdout) as {
      profiles: Record<string, unknown>[];
      invalid: { path: string; line: number; errors: string[] }[];
    };
    expect(status).toBe(0);
    expect(listed).toMatchObject({
      aim_id: 'org/model',
      model_id: null,
      hardware: { gpu: 'MI300X', count: 1, source: 'AIM_GPU_MODEL' },
      selected: 'fast',
    });
    expect(listed.profiles.map(({ id, layer, state, automatic }) => [id, layer, state, automatic])).toEqual([
      ['byhand', 'model', 'compatible', false],
      ['fast', 'model', 'compatible', true],
      ['wide', 'model', 'metric_mismatch', false],
      ['general/g', 'general', 'compatible', false],
    ]);
    expect(listed.profiles[2]?.['reasons']).toEqual([
      { code: 'metric_mismatch', expected: 'latency', actual: 'throughput' },
    ]);
    expect(listed.profiles[1]?.['metadata']).toMatchObject({ engine: 'vllm', gpu_count: 1 });
    expect(listed.invalid).toEqual([
      {
        path: `${profiles.root}/org/model/broken.yaml`,
        line: expect.any(Number) as number,
        errors: expect.arrayContaining([expect.stringContaining('metadata.engine is "vlm"')]) as string[],
      },
    ]);
  });

  it('prints the documented report', () => {
    using profiles = tree();
    const { stdout } = run(['list-profiles'], settings(profiles));
    expect(stdout).toContain(
      `AIM Profile Compatibility Report
==================================================
Model ID: org/model
Precision: auto
Engine: vllm
Metric: latency
GPU Count: 1
GPU Model: MI300X

Total profiles analyzed: 4

COMPATIBLE (3 profiles):
----------------------------------------
  • byhand (by AIM_PROFILE_ID only)
    GPU: MI300X
    Precision: fp16
    Engine: vllm
    Priority: 2
  • fast (selected)
`,
    );
    expect(stdout).toMatch(/METRIC_MISMATCH \(1 profile\):\n-{40}\n {2}• wide\n/);
    expect(stdout).toMatch(/INVALID \(1 file\):/);
  });

  it('filters by state and aligns the table', () => {
    using profiles = tree();
    const { stdout } = run(
      ['list-profiles', '--state', 'metric_mismatch', '--format', 'table', '--verbose'],
      settings(profiles),
    );
    const [title = '', rule = '', row = ''] = stdout.split('\n');
    expect(row).toMatch(
      /^ {2}wide +vllm +MI300X x 1 +fp16 +throughput +optimized +2 +metric_mismatch +metric_mismatch: throughput, not latency$/,
    );
    expect(row.indexOf('throughput')).toBe(title.indexOf('Metric'));
    expect(rule).toMatch(/^[- ]+$/);
    expect(stdout).not.toContain('fast');
    expect(stdout).not.toContain('\u001B[');
  });

  it('works without any GPU: every profile is a mismatch then', () => {
    using profiles = tree();
    const env = {
      AIM_ID: 'org/model',
      AIM_PROFILE_PATH: profiles.root,
      AIM_SYSFS_ROOT: '/nonexistent',
      AIM_DEV_ROOT: '/nonexistent',
    };
    const { stdout, status } = run(['list-profiles', '--format', 'json'], env);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ hardware: { gpu: null, count: 0, source: 'none' }, selected: null });
  });
});
