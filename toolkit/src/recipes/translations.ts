import type { Engine } from 'aim-runtime/profile';

/** Flags that recipes have and engines do not, with the engine's argument that says the same. */
export const RENAMED: Readonly<Record<Engine, Readonly<Record<string, string>>>> = {
  vllm: {
    'max-batch-size': 'max-num-seqs',
    'max-context-len': 'max-model-len',
  },
  sglang: {
    'max-batch-size': 'max-running-requests',
    'max-num-seqs': 'max-running-requests',
    'max-context-len': 'context-length',
    'max-model-len': 'context-length',
    'gpu-memory-utilization': 'mem-fraction-static',
  },
};

/** Number formats that recipes write as a `--dtype`, which is for formats of 16 and 32 bits only. */
export const QUANTIZED_DTYPES: Readonly<Record<string, string | undefined>> = {
  float8: 'fp8',
  fp8: 'fp8',
  int8: undefined,
  int4: undefined,
};
