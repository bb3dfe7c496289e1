import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cloneProfile, type CloneChanges } from './clone.ts';
import { editProfile } from './edit.ts';
import { parseProfile } from './find.ts';

const NONE: CloneChanges = {
  gpu: undefined,
  precision: undefined,
  gpuCount: undefined,
  metric: undefined,
  modelId: undefined,
  automatic: false,
};
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
  cloneProfile({ profile: parseProfile(path, text), text, siblings: [] }, { ...NONE, ...changes });

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

  it('of a general profile stays one', () => {
    const general = TEXT.replace(/aim_id.*\nmodel_id.*\n/, '').replace('optimized', 'general');
    const { text, fileName } = clone({ gpu: 'MI325X' }, '/p/general/vllm-mi300x-fp4-tp4-latency.yaml', general);
    expect(basename(fileName)).toBe('vllm-mi325x-fp4-tp4-latency.yaml');
    expect(text).toContain('type: general');
    expect(text).not.toContain('manual_selection_only');
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

  it('refuses a text without lines to change', () => {
    expect(() =>
      editProfile('metadata: {gpu: MI300X}\n', [{ section: 'metadata', key: 'gpu', value: 'MI325X' }]),
    ).toThrow(/cannot be edited/);
  });
});
