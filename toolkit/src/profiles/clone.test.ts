import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cloneProfile, type CloneChanges } from './clone.ts';
import { editProfile } from './edit.ts';
import { parseProfile } from './find.ts';
import { NO_CHANGES } from '../../test/lib/clone-changes.ts';

const TEXT = `# header
aim_id: org/model
model_id: org/model
metadata:
  engine: vllm
  accelerator_model: MI300X # where it was measured
  precision: fp4
  accelerator_count: 4
  metric: latency
  type: optimized
engine_args:
  # half of them in a row
  pipeline_parallel_size: 2
  tensor_parallel_size: 2
  quantization: quark # of the checkpoint
`;
const clone = (changes: Partial<CloneChanges>, path = '/p/org/model/vllm-mi300x-mxfp4-tp4-latency.yaml', text = TEXT) =>
  cloneProfile({ profile: parseProfile(path, text), text, siblings: [] }, { ...NO_CHANGES, ...changes });

describe('a copy of a profile', () => {
  it('keeps the generation of its keys, the spelling of its arguments, and comments', () => {
    const { fileName, text } = clone({ gpu: 'MI355X', gpuCount: 8 });
    expect(fileName).toBe('vllm-mi355x-mxfp4-tp8-latency.yaml');
    expect(text).toContain('  accelerator_model: MI355X # where it was measured\n');
    expect(text).toContain('  accelerator_count: 8\n');
    expect(text).toContain('  # half of them in a row\n  pipeline_parallel_size: 2\n');
    expect(text).toContain('  tensor_parallel_size: 4\n');
    expect(text).toContain('  manual_selection_only: true\n');
    expect(text).toContain('  type: unoptimized\n');
    const { metadata } = parseProfile(`/p/org/model/${fileName}`, text);
    expect(metadata).toMatchObject({ gpu: 'MI355X', gpuCount: 8, manualSelectionOnly: true });
  });

  it('drops the quantisation of the old precision and the more exact name of it', () => {
    const { fileName, text } = clone({ precision: 'bf16', modelId: 'org/plain' });
    expect(fileName).toBe('vllm-mi300x-bf16-tp4-latency.yaml');
    expect(text).not.toContain('quantization');
    expect(text).toMatch(/model_id: org\/plain\n[^]*dtype: bfloat16/);
  });

  it('says when the GPU only emulates the precision, and that batch sizes stay', () => {
    expect(clone({ metric: 'throughput' }).notes).toEqual([
      expect.stringContaining('MI300X (gfx942) does not compute fp4 itself') as string,
      expect.stringContaining('still those for latency') as string,
    ]);
  });

  const sglang = (args: string, gpuCount = 2) =>
    TEXT.replace('engine: vllm', 'engine: sglang')
      .replace('accelerator_count: 4', `accelerator_count: ${gpuCount}`)
      .replace(/engine_args:\n[^]*/, `engine_args:\n${args}`);
  const PATH = '/p/org/model/sglang-mi300x-fp4-tp2-latency.yaml';

  it('changes the argument that is there, whatever it is called', () => {
    const { text } = clone({ gpuCount: 8 }, PATH, sglang('  tp-size: 2 # of two\n'));
    expect(text).toContain('  tp-size: 8 # of two\n');
    expect(text).not.toContain('tensor-parallel-size');
    const { text: staged } = clone({ gpuCount: 8 }, PATH, sglang('  pp_size: 2\n  dp-size: 2\n', 4));
    expect(staged).toContain('  pp_size: 2\n  tensor-parallel-size: 2\n');
  });

  it('counts copies of the attention that share the GPUs', () => {
    const args = '  dp-size: 4\n  enable-dp-attention:\n  tp-size: 4\n';
    expect(clone({ gpuCount: 8 }, PATH, sglang(args, 4)).text).toContain('  tp-size: 8\n');
    expect(() => clone({ gpuCount: 2 }, PATH, sglang(args, 4))).toThrow(/2 GPUs cannot be shared out.* multiple of 4/);
  });

  it('is refused when the GPUs do not divide', () => {
    expect(() => clone({ gpuCount: 1 })).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => clone({ gpuCount: 4 }, PATH, sglang('  pp-size: 2\n  dp-size: 4\n', 8))).toThrow(/multiple of 8/);
  });

  it('has a cache type that its engine knows', () => {
    const changes = { precision: 'fp8', modelId: 'org/model-fp8' } as const;
    expect(clone(changes, PATH, sglang('  tp-size: 2\n')).text).toContain('kv-cache-dtype: fp8_e4m3\n');
    expect(clone(changes).text).toContain('kv-cache-dtype: fp8\n');
  });

  it('of a general profile stays one', () => {
    const general = TEXT.replace(/aim_id.*\nmodel_id.*\n/, '').replace('optimized', 'general');
    const { text, fileName } = clone({ gpu: 'MI325X' }, '/p/general/vllm-mi300x-fp4-tp4-latency.yaml', general);
    expect(basename(fileName)).toBe('vllm-mi325x-fp4-tp4-latency.yaml');
    expect(text).toContain('type: general');
    expect(text).not.toContain('manual_selection_only');
    expect(() => clone({ modelId: 'org/one' }, '/p/general/vllm-mi300x-fp4-tp4-latency.yaml', general)).toThrow(
      /cannot name one/,
    );
  });
});

describe('editing a profile', () => {
  it('adds keys and sections, replaces and removes values', () => {
    const text = editProfile('metadata:\n  gpu: MI300X\n', [
      { section: 'env_vars', key: 'A', value: '"1"' },
      { section: 'engine_args', key: 'x', value: '' },
      { section: undefined, key: 'aim_id', value: 'a/b' },
      { section: 'metadata', key: 'gpu', value: 'MI325X' },
      { section: 'metadata', key: 'nothing', value: undefined },
    ]);
    expect(text).toBe('aim_id: a/b\nmetadata:\n  gpu: MI325X\nengine_args:\n  x:\nenv_vars:\n  A: "1"\n');
    expect(editProfile(text, [{ section: 'engine_args', key: 'x', value: undefined }])).not.toContain('x:');
  });

  const setGpu = (text: string) => editProfile(text, [{ section: 'metadata', key: 'gpu', value: 'MI325X' }]);

  it.each([
    ['---\nmetadata:\n  gpu: MI300X\n', '---\nmetadata:\n  gpu: MI325X\n'],
    [
      '# of mine\n\n--- # begin\n# first\nmetadata:\n  gpu: MI300X\n',
      '# of mine\n\n--- # begin\n# first\nmetadata:\n  gpu: MI325X\n',
    ],
    ["metadata:\n  gpu: MI300X # AMD's CDNA3\n", "metadata:\n  gpu: MI325X # AMD's CDNA3\n"],
    ['metadata:\n  gpu: "a # b" # "c"\n', 'metadata:\n  gpu: MI325X # "c"\n'],
    ['metadata:\n  gpu: {a: " # b"} # c\n', 'metadata:\n  gpu: MI325X # c\n'],
    ['metadata:\r\n  gpu: MI300X\r\n', 'metadata:\n  gpu: MI325X\n'],
    ['metadata:\n', 'metadata:\n  gpu: MI325X\n'],
  ])('keeps markers and comments of %j', (before, after) => expect(setGpu(before)).toBe(after));

  it.each([
    ['a text without lines to change', 'metadata: {gpu: MI300X}\n', /no lines to change for all of metadata\.gpu/],
    ['a mapping behind a marker', '--- {metadata: {gpu: MI300X}}\n', /no lines to change/],
    ['an anchor that is used elsewhere', 'metadata:\n  gpu: &a MI300X\n  x: *a\n', /no lines to change/],
    ['what is no YAML', 'metadata: [\n', /it is no YAML/],
  ])('refuses %s', (_name, text, message) => {
    expect(() => setGpu(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) as string }),
    );
  });
});
