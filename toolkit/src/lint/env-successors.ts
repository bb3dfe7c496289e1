/** Variables that went under another name, with the new one; their values mean the same. */
export const RENAMED_VARIABLES: Readonly<Record<string, string>> = {
  // A fork's name, in images built on vLLM 0.10; upstream has never had it.
  VLLM_USE_AITER_TRITON_ROPE: 'VLLM_ROCM_USE_AITER_TRITON_ROPE',
  VLLM_ROCM_USE_TRITON_ROPE: 'VLLM_ROCM_USE_AITER_TRITON_ROPE',
};
