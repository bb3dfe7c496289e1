import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesFor, countStates, explainFailure } from './explain.ts';
import { comparePreference } from './preference.ts';
import { selectProfile, type GpuTarget, type SelectionRequest } from './select.ts';
import { LAYERS, METRICS, PRECISIONS, PROFILE_TYPES, type Profile, type ProfileMetadata } from './types.ts';

const MI300X_8: GpuTarget = { gpu: 'MI300X', count: 8 };

function request(changes: Partial<SelectionRequest> = {}): SelectionRequest {
  return {
    aimId: 'org/model',
    modelId: undefined,
    engine: 'vllm',
    metric: 'latency',
    precision: 'auto',
    gpuCount: 'auto',
    profileId: undefined,
    allowGeneral: true,
    ...changes,
  };
}

function profile(id: string, metadata: Partial<ProfileMetadata> = {}, changes: Partial<Profile> = {}): Profile {
  return {
    id,
    path: `/profiles/${id}.yaml`,
    layer: 'model',
    aimId: 'org/model',
    modelId: 'org/model',
    engineArgs: {},
    envVars: {},
    source: {},
    ...changes,
    metadata: {
      engine: 'vllm',
      gpu: 'MI300X',
      precision: 'fp16',
      gpuCount: 1,
      metric: 'latency',
      manualSelectionOnly: false,
      type: 'optimized',
      ...metadata,
    },
  };
}

const GENERAL = { layer: 'general', aimId: undefined, modelId: undefined } as const;

describe('selectProfile', () => {
  it('records every failed check in the order engine, metric, model, GPU, precision', () => {
    const odd = profile(
      'odd',
      { engine: 'sglang', metric: 'throughput', gpu: 'MI325X', precision: 'fp8' },
      { aimId: 'other/model' },
    );
    const { evaluations } = selectProfile([odd], request({ precision: 'fp16' }), [MI300X_8]);
    expect(evaluations[0]?.state).toBe('engine_mismatch');
    expect(evaluations[0]?.reasons).toEqual([
      { code: 'engine_mismatch', expected: 'vllm', actual: 'sglang' },
      { code: 'metric_mismatch', expected: 'latency', actual: 'throughput' },
      { code: 'model_mismatch', expected: 'org/model', actual: 'other/model' },
      { code: 'gpu_mismatch', expected: 'MI300X x at most 8', actual: 'MI325X x 1' },
      { code: 'precision_mismatch', expected: 'fp16', actual: 'fp8' },
    ]);
  });

  it('takes a smaller GPU count for auto, and only the same one for a number', () => {
    const profiles = [profile('one'), profile('four', { gpuCount: 4 })];
    expect(selectProfile(profiles, request(), [MI300X_8]).selected?.profile.id).toBe('four');
    expect(selectProfile(profiles, request({ gpuCount: 1 }), [MI300X_8]).selected?.profile.id).toBe('one');
    expect(selectProfile(profiles, request({ gpuCount: 2 }), [MI300X_8]).selected).toBeUndefined();
  });

  it('puts layer before precision before type', () => {
    const profiles = [
      profile('m-fp8', { precision: 'fp8', type: 'unoptimized' }),
      profile('m-fp16'),
      profile('custom/c', { precision: 'fp32', type: 'unoptimized' }, { layer: 'custom' }),
    ];
    const order = selectProfile(profiles, request(), [MI300X_8]).evaluations.map((each) => each.profile.id);
    expect(order).toEqual(['custom/c', 'm-fp8', 'm-fp16']);
  });

  it('never takes a manual profile by itself, but calls it compatible', () => {
    const { selected, evaluations } = selectProfile([profile('manual', { manualSelectionOnly: true })], request(), [
      MI300X_8,
    ]);
    expect(selected).toBeUndefined();
    expect(evaluations[0]).toMatchObject({ state: 'compatible', automatic: false });
  });

  it('leaves general profiles to their id when the fallback is off', () => {
    const general = profile('general/g', { type: 'general' }, GENERAL);
    expect(selectProfile([general], request(), [MI300X_8]).selected?.profile.id).toBe('general/g');
    expect(selectProfile([general], request({ allowGeneral: false }), [MI300X_8]).selected).toBeUndefined();
    const named = request({ allowGeneral: false, profileId: 'general/g' });
    expect(selectProfile([general], named, [MI300X_8]).selected?.profile.id).toBe('general/g');
  });

  it('takes an explicit id with every failed check on record', () => {
    const wanted = profile('far', { gpu: 'MI325X', metric: 'throughput' });
    const { selected } = selectProfile([profile('near'), wanted], request({ profileId: 'far' }), [MI300X_8]);
    expect(selected?.profile).toBe(wanted);
    expect(selected?.reasons.map(({ code }) => code)).toEqual(['metric_mismatch', 'gpu_mismatch']);
  });

  it('matches a base image by either name of the model, a model image by its own only', () => {
    const quantised = profile('q', {}, { aimId: 'org/model', modelId: 'quant/model-FP8' });
    const state = (changes: Partial<SelectionRequest>) =>
      selectProfile([quantised], request(changes), [MI300X_8]).evaluations[0]?.state;
    expect(state({ aimId: undefined, modelId: 'quant/model-FP8' })).toBe('compatible');
    expect(state({ aimId: undefined, modelId: 'org/model' })).toBe('compatible');
    expect(state({ aimId: 'quant/model-FP8' })).toBe('model_mismatch');
  });

  it('uses the group of GPUs that gives the best profile', () => {
    const profiles = [profile('on-300', { precision: 'fp16' }), profile('on-325', { gpu: 'MI325X', precision: 'fp8' })];
    const groups = [MI300X_8, { gpu: 'MI325X', count: 1 }];
    const { selected } = selectProfile(profiles, request(), groups);
    expect(selected).toMatchObject({ profile: { id: 'on-325' }, target: { gpu: 'MI325X' } });
  });

  it('finds every profile unfit when there is no GPU', () => {
    const { evaluations } = selectProfile([profile('p')], request(), []);
    expect(evaluations[0]?.reasons).toEqual([
      { code: 'gpu_mismatch', expected: 'no GPU detected', actual: 'MI300X x 1' },
    ]);
  });

  it('does not depend on the order in which files are found', () => {
    const any = fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      layer: fc.constantFrom(...LAYERS),
      metadata: fc.record({
        precision: fc.constantFrom(...PRECISIONS),
        gpuCount: fc.constantFrom(1, 2, 4, 8),
        metric: fc.constantFrom(...METRICS),
        type: fc.constantFrom(...PROFILE_TYPES),
      }),
    });
    const sets = fc.uniqueArray(any, { selector: ({ id, layer }) => `${layer}/${id}`, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        sets.chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length }))),
        ([set, shuffled]) => {
          const build = (list: typeof set) =>
            list.map(({ id, layer, metadata }) => profile(id, metadata, { layer, path: `/${layer}/${id}` }));
          const outcome = (list: typeof set) =>
            selectProfile(build(list), request(), [MI300X_8]).evaluations.map((each) => [
              each.profile.path,
              each.state,
              each.automatic,
            ]);
          expect(outcome(shuffled)).toEqual(outcome(set));
        },
      ),
    );
  });

  it('orders totally: no two different profiles are equal', () => {
    expect(comparePreference(profile('a'), profile('a', {}, { path: '/other/a.yaml' }))).not.toBe(0);
  });
});

describe('the explanation of a failure', () => {
  const profiles = [
    profile('manual', { manualSelectionOnly: true }),
    profile('slow', { metric: 'throughput' }),
    profile('big', { gpu: 'MI325X', gpuCount: 8 }),
    profile('foreign', {}, { aimId: 'other/model', modelId: 'other/model' }),
  ];
  const asked = request({ allowGeneral: false });
  const { evaluations } = selectProfile(profiles, asked, [{ gpu: 'MI300X', count: 1 }]);

  it('counts states', () => {
    expect(countStates(evaluations)).toEqual({ compatible: 1, gpu_mismatch: 1, model_mismatch: 1, metric_mismatch: 1 });
  });

  it('names what to set, nearest first', () => {
    expect(explainFailure(evaluations, asked)).toEqual([
      '4 profiles: 1 compatible, 1 gpu_mismatch, 1 model_mismatch, 1 metric_mismatch.',
      'Compatible, but only by name:',
      '  set AIM_PROFILE_ID=manual',
      'Nearest others:',
      '  slow: AIM_METRIC=throughput',
      '  big: needs 8 x MI325X',
      '  foreign: is for other/model',
    ]);
  });

  it('proposes changes that work: applying them makes the profile selected', () => {
    const slow = evaluations.find(({ profile: each }) => each.id === 'slow')!;
    expect(changesFor(slow, asked)).toEqual(['AIM_METRIC=throughput']);
    expect(selectProfile(profiles, { ...asked, metric: 'throughput' }, [MI300X_8]).selected?.profile.id).toBe('slow');
  });

  it('says so when there is nothing to choose from', () => {
    expect(explainFailure([], asked)).toEqual(['No valid profile lies in the searched folders.']);
  });
});
