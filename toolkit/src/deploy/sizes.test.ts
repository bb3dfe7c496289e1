import { findModelFacts, KNOWN_MODELS } from 'aim-runtime/estimate';
import { findModelVram } from 'aim-runtime/gpu';
import type { EngineArgs, Profile } from 'aim-runtime/profile';
import { describe, expect, it } from 'vitest';
import { computeSizes, estimateFit, type SizeInput } from './sizes.ts';

const GIB = 1024 ** 3;

function input(model: string, said: Partial<SizeInput> & { readonly args?: EngineArgs } = {}): SizeInput {
  const gpu = said.gpu ?? { model: 'MI300X', count: 1 };
  const profile = {
    metadata: { engine: 'vllm', gpu: gpu.model, gpuCount: gpu.count },
    engineArgs: { 'tensor-parallel-size': gpu.count, ...said.args },
  } as unknown as Profile;
  const base = {
    profile,
    gpu,
    engineArgs: {},
    facts: findModelFacts(model),
    cache: 'pvc' as const,
    cacheBytes: undefined,
  };
  return { ...base, ...said };
}

const SMALL = 'meta-llama/Llama-3.2-1B-Instruct';
const LARGE = 'meta-llama/Llama-3.1-405B-Instruct';

describe('sizes', () => {
  it('hold the files of every known model with room to spare', () => {
    for (const model of KNOWN_MODELS) {
      const facts = findModelFacts(model)!;
      const estimate = estimateFit(input(model, { gpu: { model: 'MI355X', count: 8 } }))!;
      const { cacheBytes } = computeSizes(input(model, { gpu: { model: 'MI355X', count: 8 } }));
      // Files hold what is loaded, unless the engine is told to load it in another form.
      expect(cacheBytes, facts.id).toBeGreaterThan(estimate.totalWeightBytes);
      expect(cacheBytes % (10 * GIB)).toBe(0);
    }
  });

  it('grow with the model and with its GPUs', () => {
    const eight = { model: 'MI300X', count: 8 };
    const [small, large] = [computeSizes(input(SMALL)), computeSizes(input(LARGE, { gpu: eight }))];
    for (const key of [
      'cpuCores',
      'memoryRequestBytes',
      'memoryLimitBytes',
      'sharedMemoryBytes',
      'cacheBytes',
      'startupSeconds',
    ] as const)
      expect(large[key], key).toBeGreaterThan(small[key]);
    expect(small.memoryLimitBytes).toBeGreaterThanOrEqual(small.memoryRequestBytes + small.sharedMemoryBytes);
  });

  it('give a model that is there already less time than one that has to be downloaded', () => {
    const seconds = (cache: SizeInput['cache']) => computeSizes(input(LARGE, { cache })).startupSeconds;
    expect(seconds('preload')).toBeLessThan(seconds('pvc') / 2);
    expect(seconds('ephemeral')).toBe(seconds('pvc'));
  });

  it('count what engine arguments keep in memory of the host, on each GPU, however they are spelled', () => {
    const two = { model: 'MI300X', count: 2 };
    const request = (args: EngineArgs, engineArgs: EngineArgs = {}) =>
      computeSizes(input(SMALL, { gpu: two, args, engineArgs })).memoryRequestBytes;
    const plain = request({});
    expect(request({ 'cpu-offload-gb': 10 }) - plain).toBe(20 * GIB);
    expect(request({ cpu_offload_gb: 10 }) - plain).toBe(20 * GIB);
    expect(request({ 'swap-space': 4 }, { 'swap-space': 16 }) - plain).toBe(32 * GIB);
    expect(request({ 'swap-space': 'much' })).toBe(plain);
  });

  it('take a model of unknown size to fill its GPUs, and keep what the user said', () => {
    const vram = findModelVram('MI300X')!;
    expect(computeSizes(input('nobody/Unknown')).cacheBytes).toBeGreaterThan(vram);
    expect(computeSizes(input('nobody/Unknown', { cacheBytes: 3 * GIB })).cacheBytes).toBe(3 * GIB);
  });
});
