import type { Engine, Precision } from 'aim-runtime/profile';

const PLAIN: Readonly<Partial<Record<Precision, string>>> = { fp16: 'float16', bf16: 'bfloat16', fp32: 'float32' };
/** Eight-bit formats by the names that the engines' parsers accept. */
const CACHE_FP8: Readonly<Record<Engine, string>> = { vllm: 'fp8', sglang: 'fp8_e4m3' };

/** Value of `dtype` for weights that are computed as they are; undefined for quantised ones. */
export function plainDtype(precision: Precision): string | undefined {
  return PLAIN[precision];
}

/** Value of `kv-cache-dtype` that goes with weights of a precision; undefined where the engine's default does. */
export function cacheDtype(engine: Engine, precision: Precision): string | undefined {
  return precision === 'fp8' ? CACHE_FP8[engine] : undefined;
}
