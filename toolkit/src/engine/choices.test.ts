import { join } from 'node:path';
import { loadProfiles, type Profile } from 'aim-runtime/profile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCandidates } from './candidates.ts';
import { chooseNamed, planChoices, type ChoiceRequest } from './choices.ts';
import type { HostGpu } from './gpus.ts';
import { roomierChoices } from './launch-plan.ts';

const CATALOGUE = join(import.meta.dirname, '../../../profiles');
const GIB = 2 ** 30;

function host(count: number, model = 'MI300X', gib = 191): HostGpu[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `renderD${128 + index}`,
    index,
    gpu: {
      model,
      deviceId: undefined,
      gfx: undefined,
      bdf: undefined,
      renderMinor: 128 + index,
      vramTotalBytes: gib * GIB,
      vramUsedBytes: 0,
      busyPercent: 0,
      computePartition: undefined,
      memoryPartition: undefined,
    },
    user: undefined,
  }));
}

const profilesOf = (model: string): readonly Profile[] => loadProfiles({ root: CATALOGUE, model }).profiles;
const request = (model: string, parts: Partial<ChoiceRequest> = {}): ChoiceRequest => ({
  ...{ model, backend: 'vllm', metric: 'latency', gpuCount: undefined, precision: undefined, engineArgs: {} },
  recipes: new Map(),
  ...parts,
});

describe('planCandidates', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 1, 'fp16'],
    ['acme/Any-7B', 1, 'fp16'],
    ['acme/Any-13B-chat', 2, 'bf16'],
    ['acme/any-14b', 2, 'bf16'],
    ['Qwen/Qwen3-32B', 4, 'bf16'],
    ['acme/Any-34B', 4, 'bf16'],
    ['meta-llama/Llama-3.3-70B-Instruct', 8, 'bf16'],
    ['acme/Any-72B', 8, 'bf16'],
    ['acme/Mix-8x7B', 8, 'bf16'],
    ['acme/Small-600M', 1, 'fp16'],
    ['acme/Nameless', 8, 'bf16'],
  ])('%s starts with %i GPUs in %s', (model, gpuCount, precision) => {
    const [first] = planCandidates({ model, gpuCount: undefined, precision: undefined }, 8).candidates;
    expect(first).toEqual({ gpuCount, precision });
  });

  it('keeps what was asked for, as far as it is free, and says when it is not', () => {
    const asked = { model: 'Qwen/Qwen3-32B', gpuCount: 8, precision: 'fp8' as const };
    const { candidates, decisions } = planCandidates(asked, 3);
    expect(candidates).toEqual([{ gpuCount: 3, precision: 'fp8' }]);
    expect(decisions[0]).toContain('8 would be right, 3 are free');
  });

  it('never asks for more GPUs than are free, and tries nothing twice', () => {
    const wanted = fc.record({
      model: fc.constantFrom('acme/Any-7B', 'acme/Any-70B', 'acme/Nameless'),
      gpuCount: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      precision: fc.option(fc.constantFrom('fp8' as const, 'bf16' as const), { nil: undefined }),
    });
    fc.assert(
      fc.property(wanted, fc.integer({ min: 1, max: 8 }), (asked, free) => {
        const { candidates } = planCandidates(asked, free);
        const keys = candidates.map(({ gpuCount, precision }) => `${gpuCount} ${precision}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(candidates.length).toBeGreaterThan(0);
        for (const { gpuCount } of candidates) expect(gpuCount).toBeLessThanOrEqual(free);
      }),
    );
  });
});

describe('planChoices', () => {
  it("takes the model's own profile and as many GPUs as its size wants", () => {
    const model = 'meta-llama/Llama-3.1-8B-Instruct';
    const { choices, rejected } = planChoices(request(model), profilesOf(model), host(8));
    expect(choices[0]).toMatchObject({ precision: 'fp16', gpuModel: 'MI300X', engineArgs: {}, notes: [] });
    expect(choices[0].profile.id).toBe('vllm-mi300x-fp16-tp1-latency');
    expect(choices[0].gpus.map(({ id }) => id)).toEqual(['renderD128']);
    expect(rejected).toEqual([]);
  });

  it('serves bf16 with the fp16 profile and says so', () => {
    const model = 'Qwen/Qwen3-32B';
    const asked = request(model, { gpuCount: 2, precision: 'bf16', engineArgs: { 'max-num-seqs': 4 } });
    const [first] = planChoices(asked, profilesOf(model), host(8)).choices;
    expect(first.profile.id).toBe('vllm-mi300x-fp16-tp2-latency');
    expect(first.engineArgs).toEqual({ dtype: 'bfloat16', 'max-num-seqs': 4 });
    expect(first.precision).toBe('bf16');
    expect(first.notes.join()).toContain('dtype bfloat16');
  });

  it('passes over what the memory of the GPUs cannot hold, and says why', () => {
    const model = 'meta-llama/Llama-3.1-405B-Instruct';
    const { choices, rejected } = planChoices(request(model), profilesOf(model), host(8, 'MI300X', 80));
    expect(rejected.join('\n')).toMatch(/8 GPUs in bf16: /);
    expect(choices[0].notes).not.toContainEqual(expect.stringContaining('probably too large'));
    expect(choices[0].precision).toBe('fp8');
  });

  it('takes what probably does not fit only when nothing else is left', () => {
    const model = 'meta-llama/Llama-3.3-70B-Instruct';
    const asked = request(model, { gpuCount: 1, precision: 'fp8' });
    const [first] = planChoices(asked, profilesOf(model), host(1, 'MI300X', 40)).choices;
    expect(first.notes).toContainEqual(expect.stringContaining('probably too large'));
  });

  it('explains what there is when nothing fits', () => {
    const model = 'Qwen/Qwen3-32B';
    const asked = request(model, { precision: 'int4' });
    const failed = () => planChoices(asked, profilesOf(model), host(2));
    expect(failed).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    expect(failed).toThrow('no profile serves Qwen/Qwen3-32B with vllm in int4');
  });

  it('uses GPUs of one model only', () => {
    const model = 'Qwen/Qwen3-32B';
    const mixed = [
      ...host(2),
      ...host(2, 'MI325X', 255).map((gpu, index) => ({ ...gpu, id: `renderD${140 + index}` })),
    ];
    const { choices } = planChoices(request(model), profilesOf(model), mixed);
    for (const { gpus } of choices) expect(new Set(gpus.map(({ gpu }) => gpu.model)).size).toBe(1);
    expect(choices[0].gpus).toHaveLength(2);
  });
});

describe('profiles that recipes made', () => {
  const model = 'Qwen/Qwen3-32B';
  const [own] = profilesOf(model).filter(({ id }) => id === 'vllm-mi300x-fp16-tp2-latency');
  const [general] = profilesOf(model).filter(({ id }) => id === 'general/vllm-mi300x-fp16-tp2-latency');
  const made: Profile = { ...own!, layer: 'custom', id: `custom/${model}/vllm-mi300x-fp16-tp2-latency` };
  const wanted = request(model, { gpuCount: 2, precision: 'fp16', recipes: new Map([[made, ['of a recipe']]]) });
  const choose = (...profiles: Profile[]) => planChoices(wanted, profiles, host(8)).choices[0];

  it("come after the model's own and before general ones", () => {
    expect(choose(general!, made, own!).profile).toBe(own);
    expect(choose(general!, made)).toMatchObject({
      profile: made,
      notes: expect.arrayContaining(['of a recipe']) as string[],
    });
  });

  it('say that they are when they are named', () => {
    expect(chooseNamed(wanted, made, host(8)).choices[0].notes).toContain('of a recipe');
  });
});

describe('chooseNamed', () => {
  const model = 'Qwen/Qwen3-32B';
  const named = (id: string) => profilesOf(model).find((profile) => profile.id === id)!;

  it('takes the profile with its number of GPUs', () => {
    const { choices } = chooseNamed(request(model), named('vllm-mi300x-fp16-tp2-latency'), host(8));
    expect(choices[0].gpus).toHaveLength(2);
    expect(choices[0].notes).toEqual([]);
  });

  it('says what about it does not fit', () => {
    const asked = request(model, { gpuCount: 1, precision: 'fp8' });
    const { choices } = chooseNamed(asked, named('vllm-mi325x-fp16-tp2-latency'), host(8));
    expect(choices[0].notes.join('\n')).toMatch(/is for MI325X.*\n.*is for 2 GPUs.*\n.*not in fp8/);
  });

  it('needs its GPUs to be free', () => {
    const profile = named('vllm-mi300x-fp16-tp2-latency');
    expect(() => chooseNamed(request(model), profile, host(1))).toThrow('needs 2 x MI300X, and 1 x MI300X free');
  });
});

describe('roomierChoices', () => {
  it('leads from a choice whose memory was not enough to larger ones only', () => {
    const model = 'Qwen/Qwen3-32B';
    const plan = planChoices(request(model, { gpuCount: undefined }), profilesOf(model), host(2));
    const smallest = plan.choices.find(({ gpus, precision }) => gpus.length === 1 && precision === 'fp16')!;
    const roomier = roomierChoices(plan, smallest);
    expect(roomier.length).toBeGreaterThan(0);
    for (const { gpus, precision } of roomier) expect(gpus.length === 2 || precision === 'fp8').toBe(true);
  });
});
