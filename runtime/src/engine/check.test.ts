import { describe, expect, it } from 'vitest';
import { checkEngineArgs } from './check.ts';

describe('checkEngineArgs', () => {
  it('finds nothing wrong in the arguments of a good profile', async () => {
    const args = {
      'compilation-config': { cudagraph_mode: 'FULL_AND_PIECEWISE' },
      distributed_executor_backend: 'mp',
      'enable-auto-tool-choice': null,
      'tool-call-parser': 'hermes',
      'enable-log-requests': false,
      'gpu-memory-utilization': 0.9,
      'no-enable-prefix-caching': null,
      'compilation_config.pass_config.enable_noop': 'true',
    };
    expect(await checkEngineArgs('vllm', args)).toEqual([]);
    expect(await checkEngineArgs('sglang', { 'mem-fraction-static': 0.8, 'tp-size': 8, 'lora-paths': [] })).toEqual([]);
  });

  it('reports each wrong argument under the name that the file uses', async () => {
    const problems = await checkEngineArgs('vllm', {
      max_seq_len_to_capture: 32768,
      kv_cache_dtype: 'fp9',
      'lora-modules': ['a'],
    });
    expect(problems.map(({ path }) => path)).toEqual(['max_seq_len_to_capture', 'kv_cache_dtype', 'lora-modules']);
    expect(problems[1]).toMatchObject({ suggestion: 'fp8' });
  });

  it('reports a flag that vLLM refuses without another one', async () => {
    expect(await checkEngineArgs('vllm', { 'enable-auto-tool-choice': null })).toEqual([
      expect.objectContaining({ path: 'enable-auto-tool-choice', suggestion: 'tool-call-parser' }),
    ]);
  });

  it('reports an argument in two spellings', async () => {
    expect(await checkEngineArgs('vllm', { max_num_seqs: 1, 'max-num-seqs': 2 })).toEqual([
      { path: 'max-num-seqs', message: 'is the same argument as max_num_seqs, which is also given' },
    ]);
  });

  it('refuses keys of other engines', async () => {
    expect(await checkEngineArgs('sglang', { 'max-model-len': 1 })).toMatchObject([{ path: 'max-model-len' }]);
    expect(await checkEngineArgs('vllm', { 'mem-fraction-static': 0.8 })).toMatchObject([
      { path: 'mem-fraction-static' },
    ]);
  });
});
