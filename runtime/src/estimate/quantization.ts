import { asConfig, firstNumber, type Config } from './config-fields.ts';
import type { Quantization } from './types.ts';

const SCALE_BITS = { float32: 32, float16: 16, byte: 8 };
/** Microscaling formats: one byte of scale for 32 weights. */
const MX_BLOCK = 32;
const DEFAULT_GROUP = 128;

/** Formats that engines know by name, with the bits a weight takes. */
const BY_METHOD: Readonly<Record<string, number>> = {
  fp8: 8,
  fbgemm_fp8: 8,
  ptpc_fp8: 8,
  w8a8_fp8: 8,
  w8a8_int8: 8,
  experts_int8: 8,
  modelopt: 8,
  mxfp4: 4 + SCALE_BITS.byte / MX_BLOCK,
  awq: 4,
  gptq: 4,
  bitsandbytes: 4,
  quark: 8,
  'compressed-tensors': 8,
};

/** The `quantization_config` of a model; undefined for plain weights. Unknown methods count as 8 bits. */
export function parseQuantization(config: Config | undefined): Quantization | undefined {
  const method = config?.['quant_method'];
  if (!config || typeof method !== 'string') return undefined;
  const covers = method === 'mxfp4' || method === 'experts_int8' ? 'experts' : 'linear';
  const weight = findWeightScheme(config);
  const bits = weight?.bits ?? bitsByName(config) ?? BY_METHOD[method] ?? 8;
  return { method, bitsPerWeight: bits + scaleBits(config, bits, weight?.group), covers };
}

/** Bits per weight that an engine's `quantization` argument makes of plain weights, or undefined when it cannot. */
export function onlineBits(argument: string): number | undefined {
  return { fp8: 8, ptpc_fp8: 8, w8a8_fp8: 8, experts_int8: 8, mxfp4: 4.25, bitsandbytes: 4.5 }[argument];
}

interface WeightScheme {
  readonly bits: number | undefined;
  readonly group: number | undefined;
}

/** The weights' own entry of a Quark or compressed-tensors configuration. */
function findWeightScheme(config: Config): WeightScheme | undefined {
  const groups = asConfig(config['config_groups']);
  const first = groups && asConfig(Object.values(groups)[0]);
  const weights = asConfig(first?.['weights']) ?? asConfig(asConfig(config['global_quant_config'])?.['weight']);
  if (!weights) return undefined;
  const named = /(?:fp|int|uint)(\d+)/.exec(String(weights['dtype']))?.[1];
  return {
    bits: firstNumber(weights, ['num_bits']) ?? (named === undefined ? undefined : Number(named)),
    group: firstNumber(weights, ['group_size']),
  };
}

function bitsByName(config: Config): number | undefined {
  return firstNumber(config, ['bits', 'w_bit']) ?? (config['load_in_8bit'] === true ? 8 : undefined);
}

function scaleBits(config: Config, bits: number, group: number | undefined): number {
  const block = config['weight_block_size'];
  if (Array.isArray(block) && block.length === 2) return SCALE_BITS.float32 / (Number(block[0]) * Number(block[1]));
  if (group !== undefined && group <= MX_BLOCK) return SCALE_BITS.byte / group;
  // A half-precision scale and a zero point of the weights' own width for each group.
  if (bits === 4) return (SCALE_BITS.float16 + bits) / (group ?? firstNumber(config, ['group_size']) ?? DEFAULT_GROUP);
  return 0;
}
