import { AimError } from '../system/errors.ts';
import { asConfig, firstNumber, textOf, type Config } from './config-fields.ts';
import { parseQuantization } from './quantization.ts';
import type { ExpertShape, LatentShape, ModelShape, SlidingShape } from './types.ts';
import { countVisionParameters } from './vision.ts';

/** Alternating attention that the configuration files of these model types do not spell out: every n-th layer is full. */
const SLIDING_PATTERNS: Readonly<Record<string, number>> = { gemma2: 2, gemma3_text: 6, cohere2: 4 };

/**
 * Reads the dimensions of a model from the content of its `config.json`; of a model with several parts the text part
 * counts. Throws AimError `config` naming what is missing.
 */
export function parseModelConfig(content: unknown, source: string): ModelShape {
  const outer = asConfig(content);
  if (!outer) throw new AimError('config', { message: `${source} is no model configuration: it is not a JSON object` });
  const config = { ...outer, ...(asConfig(outer['text_config']) ?? asConfig(outer['llm_config']) ?? {}) };
  const missing: string[] = [];
  const need = (...names: string[]): number => {
    const value = firstNumber(config, names);
    if (value === undefined) missing.push(names.join(' or '));
    return value ?? 0;
  };
  const layers = need('num_hidden_layers', 'n_layer', 'n_layers');
  const hiddenSize = need('hidden_size', 'n_embd', 'd_model');
  const attentionHeads = need('num_attention_heads', 'n_head', 'n_heads');
  const vocabSize = need('vocab_size');
  if (missing.length > 0) {
    throw new AimError('config', {
      message: `${source} does not say ${missing.join(', ')}`,
      hint: 'Memory can be estimated for decoder models whose config.json names their dimensions.',
    });
  }
  const intermediateSize = firstNumber(config, ['intermediate_size', 'n_inner', 'ffn_hidden_size']) ?? 4 * hiddenSize;
  return {
    architecture: firstText(outer['architectures']) ?? 'unknown',
    dtype: textOf(config['torch_dtype']) ?? textOf(config['dtype']) ?? 'bfloat16',
    layers,
    hiddenSize,
    attentionHeads,
    kvHeads: firstNumber(config, ['num_key_value_heads']) ?? attentionHeads,
    headDim: firstNumber(config, ['head_dim']) ?? hiddenSize / attentionHeads,
    intermediateSize,
    vocabSize,
    tiedEmbeddings: (outer['tie_word_embeddings'] ?? config['tie_word_embeddings']) === true,
    maxPositions: maxPositions(config),
    experts: parseExperts(config, intermediateSize),
    latent: parseLatent(config),
    sliding: parseSliding(config, layers),
    extraLayers: firstNumber(config, ['num_nextn_predict_layers']) ?? 0,
    visionParameters: countVisionParameters(asConfig(outer['vision_config']), hiddenSize),
    quantization: parseQuantization(asConfig(outer['quantization_config'] ?? config['quantization_config'])),
  };
}

/** A longer context by scaled rotary positions counts: engines use it. */
function maxPositions(config: Config): number | undefined {
  const plain = firstNumber(config, ['max_position_embeddings', 'n_positions', 'max_sequence_length', 'seq_length']);
  const scaling = asConfig(config['rope_scaling']);
  const kind = textOf(scaling?.['rope_type']) ?? textOf(scaling?.['type']);
  if (plain === undefined || !scaling || kind !== 'yarn') return plain;
  const original = firstNumber(scaling, ['original_max_position_embeddings']);
  const factor = firstNumber(scaling, ['factor']) ?? 1;
  return Math.max(plain, Math.floor((original ?? plain) * factor));
}

function parseExperts(config: Config, intermediateSize: number): ExpertShape | undefined {
  const count = firstNumber(config, ['num_local_experts', 'num_experts', 'n_routed_experts']);
  if (count === undefined || count < 2) return undefined;
  return {
    count,
    perToken: firstNumber(config, ['num_experts_per_tok', 'experts_per_token', 'moe_topk']) ?? 1,
    shared: firstNumber(config, ['n_shared_experts', 'num_shared_experts']) ?? 0,
    intermediateSize: firstNumber(config, ['moe_intermediate_size', 'expert_ffn_hidden_size']) ?? intermediateSize,
    denseLayers: firstNumber(config, ['first_k_dense_replace']) ?? 0,
  };
}

function parseLatent(config: Config): LatentShape | undefined {
  const kvRank = firstNumber(config, ['kv_lora_rank']);
  const ropeDim = firstNumber(config, ['qk_rope_head_dim']);
  if (kvRank === undefined || ropeDim === undefined) return undefined;
  return {
    kvRank,
    queryRank: firstNumber(config, ['q_lora_rank']),
    ropeDim,
    nopeDim: firstNumber(config, ['qk_nope_head_dim']) ?? 0,
    valueDim: firstNumber(config, ['v_head_dim']) ?? 0,
  };
}

function parseSliding(config: Config, layers: number): SlidingShape | undefined {
  const window = firstNumber(config, ['sliding_window']);
  if (window === undefined || config['use_sliding_window'] === false) return undefined;
  const types = config['layer_types'];
  if (Array.isArray(types)) {
    const sliding = types.filter((type) => type === 'sliding_attention').length;
    return sliding === 0 ? undefined : { layers: sliding, window };
  }
  const pattern =
    firstNumber(config, ['sliding_window_pattern']) ?? SLIDING_PATTERNS[textOf(config['model_type']) ?? ''];
  return { layers: pattern === undefined ? layers : layers - Math.floor(layers / pattern), window };
}

function firstText(value: unknown): string | undefined {
  return Array.isArray(value) ? textOf(value[0]) : undefined;
}
