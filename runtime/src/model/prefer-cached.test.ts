import { describe, expect, it } from 'vitest';
import { selectProfile, type SelectionRequest } from '../profile/select.ts';
import type { Profile } from '../profile/types.ts';
import { preferCached } from './prefer-cached.ts';

const profile = (id: string, modelId: string, precision: Profile['metadata']['precision'] = 'fp8'): Profile => ({
  id,
  path: `/p/${id}.yaml`,
  layer: 'model',
  aimId: 'org/model',
  modelId,
  metadata: {
    engine: 'vllm',
    gpu: 'MI300X',
    precision,
    gpuCount: 1,
    metric: 'latency',
    manualSelectionOnly: false,
    type: 'optimized',
  },
  engineArgs: {},
  envVars: {},
  source: {},
});
const request: SelectionRequest = {
  aimId: 'org/model',
  modelId: undefined,
  engine: 'vllm',
  metric: 'latency',
  precision: 'auto',
  gpuCount: 'auto',
  profileId: undefined,
  allowGeneral: true,
};

function choose(cached: readonly string[], more: Partial<SelectionRequest> = {}): string | undefined {
  const profiles = [profile('a', 'org/a'), profile('b', 'org/b'), profile('c', 'org/c', 'fp16')];
  const wanted = { ...request, ...more };
  const selection = selectProfile(profiles, wanted, [{ gpu: 'MI300X', count: 1 }]);
  return preferCached(selection, wanted, ({ modelId }) => cached.includes(modelId ?? '')).selected?.profile.id;
}

describe('preferCached', () => {
  it.each([
    ['nothing cached', [], 'a'],
    ['the second is cached', ['org/b'], 'b'],
    ['both are cached', ['org/a', 'org/b'], 'a'],
    ['only one of lower rank is cached', ['org/c'], 'a'],
  ])('%s', (_, cached, expected) => {
    expect(choose(cached)).toBe(expected);
  });
  it('leaves a choice by id alone', () => expect(choose(['org/b'], { profileId: 'a' })).toBe('a'));
  it('changes nothing when nothing fits', () => expect(choose(['org/b'], { precision: 'int4' })).toBeUndefined());
});
