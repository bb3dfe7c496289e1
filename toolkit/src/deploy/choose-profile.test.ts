import type { Profile, ProfileMetadata } from 'aim-runtime/profile';
import { describe, expect, it } from 'vitest';
import { chooseProfile, type ProfileCatalogue } from './choose-profile.ts';

const MODEL = 'meta-llama/Llama-3.3-70B-Instruct';
const WANTED = {
  gpuModel: undefined,
  gpuCount: undefined,
  precision: undefined,
  metric: 'latency',
  engine: 'vllm',
  engineArgs: {},
  checkFit: true,
} as const;

function profile(id: string, said: Partial<ProfileMetadata> = {}, layer: Profile['layer'] = 'model'): Profile {
  const metadata: ProfileMetadata = {
    engine: 'vllm',
    gpu: 'MI300X',
    precision: 'fp16',
    gpuCount: 1,
    metric: 'latency',
    manualSelectionOnly: false,
    type: 'unoptimized',
    ...said,
  };
  const ids = layer === 'general' ? { aimId: undefined, modelId: undefined } : { aimId: MODEL, modelId: MODEL };
  const engineArgs = { 'tensor-parallel-size': metadata.gpuCount, 'max-model-len': 8192 };
  return { id, path: `/p/${id}.yaml`, layer, ...ids, metadata, engineArgs, envVars: {}, source: {} };
}

function catalogue(
  profiles: readonly Profile[],
  said: { recommended?: string[]; named?: Profile } = {},
): ProfileCatalogue {
  return {
    model: { model: MODEL, profiles, recipes: new Map(), named: said.named, notes: [] },
    recommended: said.recommended ?? [],
  };
}

const idOf = (profiles: readonly Profile[], recommended: string[] = [], wanted: object = {}) =>
  chooseProfile({ ...WANTED, ...wanted }, catalogue(profiles, { recommended })).profile.id;

describe('a profile is chosen', () => {
  const four = profile('four', { gpuCount: 4, type: 'optimized' });
  const two = profile('two', { gpuCount: 2, type: 'optimized' });

  it('by recommendation, then by how tuned it is, then by few GPUs', () => {
    expect(idOf([four, two])).toBe('two');
    expect(idOf([four, two, profile('one')])).toBe('two');
    expect(idOf([four, two], ['four', 'two'])).toBe('four');
    expect(idOf([four, profile('manual', { gpuCount: 2, type: 'optimized', manualSelectionOnly: true })])).toBe('four');
  });

  it('of the model itself before one for any model', () => {
    const general = profile('general/x', { type: 'general' }, 'general');
    expect(idOf([general, profile('own', { gpuCount: 8 })])).toBe('own');
    expect(chooseProfile(WANTED, catalogue([general])).notes).toEqual([expect.stringContaining('general profile')]);
  });

  it('that is like what was asked for', () => {
    const others = [
      profile('other', { gpu: 'MI325X', metric: 'throughput' }),
      profile('bf16', { precision: 'bf16' }),
      four,
    ];
    expect(idOf(others, [], { gpuModel: 'MI325X', metric: 'throughput' })).toBe('other');
    expect(idOf(others, [], { precision: 'bf16' })).toBe('bf16');
    expect(idOf(others, [], { gpuCount: 4 })).toBe('four');
    const nothing = () => idOf(others, [], { gpuModel: 'MI355X' });
    expect(nothing).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('on MI355X') as string }),
    );
  });

  it('that fits, before one that does not', () => {
    const small = profile('small', { gpu: 'MI210', type: 'optimized' });
    const large = profile('large', { gpu: 'MI210', gpuCount: 8 });
    expect(idOf([small, large], ['small'])).toBe('large');
    const alone = () => idOf([small]);
    expect(alone).toThrow(expect.objectContaining({ code: 'check-failed', message: 'small does not fit 1 x MI210' }));
    const tried = chooseProfile({ ...WANTED, checkFit: false }, catalogue([small]));
    expect(tried.notes.join()).toMatch(/^too large: .*GiB/);
  });

  it('by the arguments of the user too', () => {
    const fits = profile('fits', { gpuCount: 1 });
    expect(() =>
      idOf([fits], [], { engineArgs: { 'max-model-len': 131_072, 'gpu-memory-utilization': 0.72 } }),
    ).toThrow(/does not fit/);
  });

  it('that was named, unless it contradicts what else was said', () => {
    const named = catalogue([two, four], { named: four });
    expect(chooseProfile(WANTED, named)).toMatchObject({ profile: { id: 'four' }, gpu: { model: 'MI300X', count: 4 } });
    const contradicted = () => chooseProfile({ ...WANTED, gpuModel: 'MI325X', gpuCount: 2, precision: 'fp8' }, named);
    expect(contradicted).toThrow(
      /is for MI300X, not for MI325X, and is for 4 GPUs, not for 2, and serves in fp16, not in fp8/,
    );
  });

  it('whatever the order of the files', () => {
    const all = [four, two, profile('a'), profile('b'), profile('c', { gpuCount: 8 })];
    for (const shift of all.keys()) expect(idOf([...all.slice(shift), ...all.slice(0, shift)])).toBe('two');
  });
});
