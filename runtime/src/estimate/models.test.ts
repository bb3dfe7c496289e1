import { describe, expect, it } from 'vitest';
import table from './models.json' with { type: 'json' };
import { findModelFacts } from './models.ts';
import { estimateMemory } from './estimate.ts';
import { checkpointBytes, countParameters, loadedBytes, publishedFormat, totalParameters } from './weights.ts';

const PLAIN = { plainBits: 16, quantization: undefined };
const FP8 = { plainBits: 16, quantization: { method: 'fp8', bitsPerWeight: 8, covers: 'linear' } } as const;
const MOST_OFF = 0.01;

describe.each(table.models)('$id', ({ id, parameters, weightBytes, kvBytesPerToken }) => {
  const { shape } = findModelFacts(id.toUpperCase())!;
  const sizes: { bf16?: number; fp8?: number; mxfp4?: number } = weightBytes;
  const off = (actual: number, published: number) => Math.abs(actual / published - 1);

  it('has as many parameters as published', () => {
    if (parameters !== null) {
      expect(off(totalParameters(countParameters(shape)), parameters)).toBeLessThan(MOST_OFF / 10);
    }
  });

  it('has weight files as large as published, within one per cent', () => {
    const published = publishedFormat(shape);
    const own = published.quantization ? (sizes.mxfp4 ?? sizes.fp8) : sizes.bf16;
    expect(own).toBeDefined();
    expect(off(checkpointBytes(shape, published), own!)).toBeLessThan(MOST_OFF);
    if (sizes.bf16 !== undefined) expect(off(loadedBytes(shape, PLAIN), sizes.bf16)).toBeLessThan(MOST_OFF);
    if (sizes.fp8 !== undefined && !published.quantization)
      expect(off(loadedBytes(shape, FP8), sizes.fp8)).toBeLessThan(MOST_OFF);
  });

  it('caches as many bytes for a token as its heads say', () => {
    for (const [cache, expected] of Object.entries(kvBytesPerToken)) {
      const { cacheBytesPerToken } = estimateMemory({
        facts: findModelFacts(id)!,
        engine: 'vllm',
        engineArgs: { 'kv-cache-dtype': cache === 'fp8' ? 'fp8' : 'auto' },
        gpuCount: 1,
        vramBytes: 1,
        vramSource: 'test',
      });
      expect(cacheBytesPerToken.full + cacheBytesPerToken.sliding).toBe(expected);
    }
  });
});

describe('the table', () => {
  it('finds models with and without their scheme, and says nothing of others', () => {
    expect(findModelFacts('hf://Qwen/Qwen3-32B')?.id).toBe('Qwen/Qwen3-32B');
    expect(findModelFacts('nobody/Nothing')).toBeUndefined();
  });
});
