import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModelFacts } from './load-facts.ts';
import { parseModelConfig } from './model-config.ts';

const SMALL = { num_hidden_layers: 4, hidden_size: 64, num_attention_heads: 8, vocab_size: 100 };
const parse = (config: object) => parseModelConfig({ ...SMALL, ...config }, 'config.json');

describe('config.json', () => {
  it('needs the dimensions of a decoder and says which are missing', () => {
    expect(() => parseModelConfig({ hidden_size: 64 }, 'x/config.json')).toThrow(
      /x\/config\.json does not say num_hidden_layers or .*, vocab_size/,
    );
    expect(() => parseModelConfig([], 'x')).toThrow(/not a JSON object/);
  });

  it('may leave out what follows from the rest', () => {
    expect(parse({})).toMatchObject({ kvHeads: 8, headDim: 8, intermediateSize: 256, tiedEmbeddings: false });
  });

  it('may keep the text model in a part of its own', () => {
    const { layers, tiedEmbeddings } = parseModelConfig(
      { text_config: SMALL, tie_word_embeddings: true },
      'config.json',
    );
    expect([layers, tiedEmbeddings]).toEqual([4, true]);
  });

  it.each([
    [{ sliding_window: 128 }, { layers: 4, window: 128 }],
    [{ sliding_window: 128, use_sliding_window: false }, undefined],
    [{ sliding_window: null }, undefined],
    [
      { sliding_window: 128, layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'] },
      { layers: 2, window: 128 },
    ],
    [
      { sliding_window: 128, sliding_window_pattern: 4 },
      { layers: 3, window: 128 },
    ],
    [
      { sliding_window: 128, model_type: 'gemma2' },
      { layers: 2, window: 128 },
    ],
  ])('says which layers slide: %j', (config, expected) => {
    expect(parse(config).sliding).toEqual(expected);
  });

  it.each([
    [{ quant_method: 'fp8', weight_block_size: [128, 128] }, 8 + 32 / 16384, 'linear'],
    [{ quant_method: 'mxfp4' }, 4.25, 'experts'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128 }, 4 + 20 / 128, 'linear'],
    [{ quant_method: 'gptq', bits: 8, group_size: 128 }, 8, 'linear'],
    [{ quant_method: 'quark', global_quant_config: { weight: { dtype: 'fp4', group_size: 32 } } }, 4.25, 'linear'],
    [{ quant_method: 'quark', global_quant_config: { weight: { dtype: 'fp8_e4m3' } } }, 8, 'linear'],
    [
      { quant_method: 'compressed-tensors', config_groups: { group_0: { weights: { num_bits: 4, group_size: 128 } } } },
      4 + 20 / 128,
      'linear',
    ],
  ] as const)('says how weights are quantised: %j', (config, bitsPerWeight, covers) => {
    expect(parse({ quantization_config: config }).quantization).toMatchObject({ bitsPerWeight, covers });
  });

  it('may stretch the context', () => {
    const rope = (scaling: object) => parse({ max_position_embeddings: 40_960, rope_scaling: scaling }).maxPositions;
    expect(rope({ rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 })).toBe(131_072);
    expect(rope({ rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8_192 })).toBe(40_960);
  });
});

describe('a model folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aim-model-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const put = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
  };

  it('gives the size of its weights from their index, else from the files', () => {
    put('config.json', SMALL);
    expect(loadModelFacts('a/b', folder).measuredWeightBytes).toBeUndefined();
    writeFileSync(join(folder, 'model.safetensors'), Buffer.alloc(1000));
    expect(loadModelFacts('a/b', folder)).toMatchObject({
      measuredWeightBytes: 1000,
      source: join(folder, 'config.json'),
    });
    put('model.safetensors.index.json', { metadata: { total_size: 7000 } });
    expect(loadModelFacts('a/b', join(folder, 'config.json')).measuredWeightBytes).toBe(7000);
  });

  it('without a readable configuration is an error that names the file', () => {
    expect(() => loadModelFacts('a/b', folder)).toThrow(/config\.json cannot be read/);
    writeFileSync(join(folder, 'config.json'), '{"hidden_size"');
    expect(() => loadModelFacts('a/b', folder)).toThrow(/config\.json cannot be read/);
  });
});
