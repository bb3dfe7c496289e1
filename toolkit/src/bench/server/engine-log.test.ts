import { describe, expect, it } from 'vitest';
import { parseEngineLog } from './engine-log.ts';

describe('parseEngineLog', () => {
  it('reads a vLLM of 2025 on ROCm', () => {
    const log = `(APIServer pid=1) INFO 11-12 11:10:58 [api_server.py:1977] vLLM API server version 0.11.1
(EngineCore_DP0 pid=742) INFO 11-12 11:11:30 [core.py:93] Initializing a V1 LLM engine (v0.11.1) with config: model='openai/gpt-oss-20b'
(EngineCore_DP0 pid=742) (RayWorkerWrapper pid=233, ip=10.20.1.125) INFO 11-12 11:12:01 [rocm.py:298] Using Rocm Attention backend on V1 engine.
(EngineCore_DP0 pid=742) (RayWorkerWrapper pid=233, ip=10.20.1.125) INFO 11-12 11:12:01 [mxfp4.py:131] Using Triton backend
(EngineCore_DP0 pid=742) INFO 11-12 11:13:01 [kv_cache_utils.py:1286] GPU KV cache size: 686,320 tokens`;
    expect(parseEngineLog(log)).toEqual({
      engine: 'vllm',
      version: '0.11.1',
      backends: { attention: 'Rocm Attention', moe: 'Triton' },
      kvCacheTokens: 686_320,
    });
  });

  it('reads a vLLM of 2026, with several workers and two data-parallel engines', () => {
    const log = `(EngineCore_DP0 pid=807) INFO 04-21 12:32:01 [core.py:103] Initializing a V1 LLM engine (v0.19.1rc0+rocm723) with config
(Worker_TP0 pid=42) INFO 04-21 12:32:12 [rocm.py:496] Using ROCM_ATTN backend out of potential backends: ['ROCM_ATTN', 'TRITON_ATTN'].
(Worker_TP1 pid=43) INFO 04-21 12:32:12 [rocm.py:496] Using ROCM_ATTN backend out of potential backends: ['ROCM_ATTN', 'TRITON_ATTN'].
(Worker_TP0 pid=42) INFO 06-14 04:57:13 [fp8.py:419] Using AITER Fp8 MoE backend out of potential backends: ['AITER', 'TRITON'].
(Worker_TP0 pid=42) INFO 06-14 04:57:13 [__init__.py:726] Selected TritonFp8BlockScaledMMKernel for Fp8LinearMethod
(EngineCore_DP0 pid=807) INFO 06-14 04:58:00 [kv_cache_utils.py:1733] GPU KV cache size: 620,944 tokens
(EngineCore_DP1 pid=808) INFO 06-14 04:58:01 [kv_cache_utils.py:1733] GPU KV cache size: 620,900 tokens`;
    expect(parseEngineLog(log)).toEqual({
      engine: 'vllm',
      version: '0.19.1rc0+rocm723',
      backends: { attention: 'ROCM_ATTN', moe: 'AITER', linear: 'TritonFp8BlockScaledMMKernel' },
      kvCacheTokens: 1_241_844,
    });
  });

  it.each([
    ["INFO [cuda.py:368] Using FLASHINFER attention backend out of potential backends: ['FLASHINFER'].", 'FLASHINFER'],
    ['INFO 06-14 04:57:13 [cuda.py:318] Using AttentionBackendEnum.TRITON_ATTN backend.', 'TRITON_ATTN'],
    ['INFO 06-05 13:03:04 [rocm.py:209] Using ROCmFlashAttention backend.', 'ROCmFlashAttention'],
    ['INFO 03-23 05:01:14 [cuda.py:215] Using Flash Attention backend on V1 engine.', 'Flash Attention'],
    ['INFO 11-14 21:01:44 [rocm.py:292] Using AITER MLA backend.', 'AITER MLA'],
  ])('finds the attention of %s', (line, attention) => {
    expect(parseEngineLog(line).backends).toEqual({ attention });
  });

  it("reads SGLang's server arguments", () => {
    const log = `[2026-01-05 10:00:00] server_args=ServerArgs(model_path='x', attention_backend='aiter', tp_size=8)
[2026-01-05 10:01:00 TP0] max_total_num_tokens=1302837, chunked_prefill_size=16384, max_prefill_tokens=16384`;
    const facts = { engine: 'sglang', version: null, backends: { attention: 'aiter' }, kvCacheTokens: 1_302_837 };
    expect(parseEngineLog(log)).toEqual(facts);
  });

  it('says nothing about other text, nor about what the encoder uses instead of the decoder', () => {
    const nothing = { engine: null, version: null, backends: {}, kvCacheTokens: null };
    expect(parseEngineLog('')).toEqual(nothing);
    expect(parseEngineLog('Using Docker backend for images\nlistening on port 8000')).toEqual(nothing);
    const line = '[mm_encoder_attention.py:230] Using AttentionBackendEnum.TORCH_SDPA for MMEncoderAttention.';
    expect(parseEngineLog(line).backends).toEqual({ 'encoder attention': 'TORCH_SDPA' });
  });

  it("reads the version of the image's engine simulator", () => {
    const line = 'INFO [api_server.py:38] vLLM API server version 0.11.1: simulator, no GPU and no weights are used';
    expect(parseEngineLog(line)).toMatchObject({ engine: 'vllm', version: '0.11.1' });
  });
});
