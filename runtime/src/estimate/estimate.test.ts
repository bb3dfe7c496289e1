import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateMemory } from './estimate.ts';
import { findModelFacts, KNOWN_MODELS } from './models.ts';
import type { MemoryRequest } from './result.ts';

const GIB = 1024 ** 3;
const facts = (id: string) => findModelFacts(id)!;
const MI300X = 196592 * 1024 ** 2;

function estimate(id: string, request: Partial<MemoryRequest> = {}) {
  return estimateMemory({
    facts: facts(id),
    engine: 'vllm',
    engineArgs: {},
    gpuCount: 1,
    vramBytes: MI300X,
    vramSource: 'test',
    ...request,
  });
}

describe('cached bytes of a token', () => {
  const perToken = (id: string, engineArgs: MemoryRequest['engineArgs'] = {}) => {
    const { full, sliding } = estimate(id, { engineArgs }).cacheBytesPerToken;
    return full + sliding;
  };

  it('are two vectors per key-value head, layer and token', () => {
    expect(perToken('meta-llama/Llama-3.1-8B-Instruct')).toBe(2 * 32 * 8 * 128 * 2);
  });

  it('are halved by an fp8 cache', () => {
    expect(perToken('Qwen/Qwen3-32B', { 'kv-cache-dtype': 'fp8' })).toBe(perToken('Qwen/Qwen3-32B') / 2);
  });

  it('shrink with tensor parallelism until each GPU holds one head', () => {
    const at = (size: number) => perToken('meta-llama/Llama-3.3-70B-Instruct', { 'tensor-parallel-size': size });
    expect([at(2), at(4), at(8), at(16)]).toEqual([at(1) / 2, at(1) / 4, at(1) / 8, at(1) / 8]);
  });

  it('of a latent vector are the same on every GPU', () => {
    const at = (size: number) => perToken('deepseek-ai/DeepSeek-R1-0528', { 'tensor-parallel-size': size });
    expect([at(1), at(8)]).toEqual([61 * (512 + 64) * 2, 61 * (512 + 64) * 2]);
  });
});

describe('sequences', () => {
  it('grow beyond a sliding window in the full layers only', () => {
    const at = (tokens: number) =>
      estimate('openai/gpt-oss-20b', { contextTokens: tokens, engineArgs: { 'max-num-batched-tokens': 2048 } });
    const growth = at(65_536).sequenceBytes - at(32_768).sequenceBytes;
    expect(growth).toBe(32_768 * at(32_768).cacheBytesPerToken.full);
    expect(at(32_768).cacheBytesPerToken.sliding).toBeGreaterThan(0);
  });

  it('grow in all layers when the engine does not bound sliding ones', () => {
    const bounded = estimate('openai/gpt-oss-20b', { contextTokens: 100_000 });
    const unbounded = estimate('openai/gpt-oss-20b', {
      contextTokens: 100_000,
      engineArgs: { 'disable-hybrid-kv-cache-manager': null },
    });
    expect(unbounded.sequenceBytes).toBeGreaterThan(1.5 * bounded.sequenceBytes);
  });
});

describe('an estimate', () => {
  it('says that 405 billion parameters in 16 bits do not fit on four MI300X, and what would', () => {
    const four = estimate('meta-llama/Llama-3.1-405B-Instruct', {
      gpuCount: 4,
      engineArgs: { 'tensor-parallel-size': 4 },
    });
    expect(four.problems.map(({ code }) => code)).toEqual(['weights']);
    expect(four.problems[0]?.message).toMatch(/189\.\d GiB of weights/);
    expect(four.largestContextTokens).toBe(0);
    const eight = estimate('meta-llama/Llama-3.1-405B-Instruct', {
      gpuCount: 8,
      engineArgs: { 'tensor-parallel-size': 8 },
    });
    expect(eight.fits).toBe(true);
  });

  it('names the longest context when the one asked for is too long', () => {
    const { problems, largestContextTokens } = estimate('Qwen/Qwen3-32B', { vramBytes: 80 * GIB });
    expect(problems.map(({ code }) => code)).toEqual(['context']);
    expect(problems[0]?.hint).toContain(String(largestContextTokens));
    const shorter = { 'max-model-len': largestContextTokens };
    expect(estimate('Qwen/Qwen3-32B', { vramBytes: 80 * GIB, engineArgs: shorter }).problems).toEqual([]);
    const longer = { 'max-model-len': largestContextTokens + 16 };
    expect(estimate('Qwen/Qwen3-32B', { vramBytes: 80 * GIB, engineArgs: longer }).fits).toBe(false);
  });

  it('finds heads that cannot be shared out, and graphs without room', () => {
    const three = estimate('Qwen/Qwen3-32B', { gpuCount: 3, engineArgs: { 'tensor-parallel-size': 3 } });
    expect(three.problems.map(({ code }) => code)).toEqual(['heads']);
    const greedy = estimate('Qwen/Qwen3-32B', { engineArgs: { 'gpu-memory-utilization': 1 } });
    expect(greedy.problems.map(({ code }) => code)).toEqual(['graphs']);
    expect(greedy.problems[0]?.hint).toMatch(/0\.9\d/);
  });

  it('counts quantisation at load time, expert parallelism, pipelines and offloading', () => {
    const weights = (id: string, engineArgs: MemoryRequest['engineArgs']) => estimate(id, { engineArgs }).weightBytes;
    const plain = weights('Qwen/Qwen3-32B', {});
    expect(weights('Qwen/Qwen3-32B', { quantization: 'fp8' }) / plain).toBeCloseTo(0.52, 2);
    expect(weights('Qwen/Qwen3-32B', { dtype: 'float32' })).toBe(2 * plain);
    expect(weights('Qwen/Qwen3-32B', { 'pipeline-parallel-size': 2 }) / plain).toBeCloseTo(0.5, 2);
    expect(weights('Qwen/Qwen3-32B', { 'cpu-offload-gb': 10 })).toBe(plain - 10 * GIB);
    const experts = { 'tensor-parallel-size': 2, 'data-parallel-size': 4 };
    const spread = weights('Qwen/Qwen3-235B-A22B', { ...experts, 'enable-expert-parallel': null });
    expect(spread / weights('Qwen/Qwen3-235B-A22B', experts)).toBeLessThan(0.3);
  });

  it('scales to the files when they were measured', () => {
    const plain = facts('Qwen/Qwen3-32B');
    const measured = { ...plain, measuredWeightBytes: 2 * 32_762_123_264 * 1.05 };
    expect(estimate('Qwen/Qwen3-32B', { facts: measured }).weightBytes).toBeCloseTo(
      estimate('Qwen/Qwen3-32B').weightBytes * 1.05,
      -6,
    );
  });

  it('reads the arguments of SGLang', () => {
    const engineArgs = { 'mem-fraction-static': 0.5, 'context-length': 8192, 'tp-size': 2 };
    const { contextTokens, budgetBytes, weightBytes } = estimate('Qwen/Qwen3-32B', {
      engine: 'sglang',
      engineArgs,
      gpuCount: 2,
    });
    expect([contextTokens, budgetBytes]).toEqual([8192, MI300X / 2]);
    expect(weightBytes).toBeLessThan(40 * GIB);
  });

  it('understands sizes with a unit', () => {
    expect(estimate('Qwen/Qwen3-32B', { engineArgs: { max_model_len: '32K' } }).contextTokens).toBe(32_768);
    expect(estimate('Qwen/Qwen3-32B', { engineArgs: { 'max-model-len': '32k' } }).contextTokens).toBe(32_000);
  });

  it('explains every number with a formula and a source', () => {
    const { figures } = estimate('deepseek-ai/DeepSeek-R1-0528', { engineArgs: { 'tensor-parallel-size': 8 } });
    expect(figures.length).toBeGreaterThan(10);
    for (const { formula, source } of figures) expect([formula, source]).not.toContain('');
  });

  it('never promises what a longer look takes back, whatever the model, GPU and arguments', () => {
    const request = fc.record({
      id: fc.constantFrom(...KNOWN_MODELS),
      gpuCount: fc.constantFrom(1, 2, 4, 8),
      vramGib: fc.integer({ min: 8, max: 288 }),
      share: fc.double({ min: 0.3, max: 1, noNaN: true }),
      context: fc.integer({ min: 16, max: 200_000 }),
      fp8: fc.boolean(),
    });
    fc.assert(
      fc.property(request, ({ id, gpuCount, vramGib, share, context, fp8 }) => {
        const engineArgs = {
          'tensor-parallel-size': gpuCount,
          'gpu-memory-utilization': share,
          'kv-cache-dtype': fp8 ? 'fp8' : 'auto',
        };
        const at = (contextTokens: number, vramBytes: number) =>
          estimate(id, { gpuCount, engineArgs, vramBytes, contextTokens });
        const result = at(context, vramGib * GIB);
        for (const { value } of result.figures) expect(Number.isFinite(value)).toBe(true);
        // More memory never makes less fit, and the largest context that fits does.
        expect(at(context, 2 * vramGib * GIB).concurrentSequences).toBeGreaterThanOrEqual(result.concurrentSequences);
        const { largestContextTokens: largest } = result;
        if (largest > 0) expect(at(largest, vramGib * GIB).concurrentSequences).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
