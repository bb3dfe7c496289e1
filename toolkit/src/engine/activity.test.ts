import { describe, expect, it } from 'vitest';
import { describeActivity, parseActivity } from './activity.ts';

describe('parseActivity', () => {
  it.each([
    ['Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:05,  1.70s/it]', 'loading weights 25 %'],
    ['(EngineCore_DP0 pid=1) Loading safetensors checkpoint shards: 100% Completed | 4/4', 'loading weights 100 %'],
    [
      'Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  42%|████▏     | 28/67 [00:03<',
      'capturing graphs 42 %',
    ],
    ['Capturing batches (bs=1 avail_mem=20.15 GB):   4%|▍ | 1/23', undefined],
    ['model-00001-of-00004.safetensors:  35%|███▌      | 1.73G/4.98G [00:10<00:19', 'downloading the model 35 %'],
    ['Fetching 4 files:  50%|█████     | 2/4 [00:10<00:10,  5.0s/it]', 'downloading the model 50 %'],
    ['INFO 11-20 [gpu_model_runner.py:2602] Starting to load model Qwen/Qwen3-32B...', 'loading weights'],
    ['INFO 11-20 [gpu_worker.py:298] Available KV cache memory: 100.93 GiB', 'reserving the cache'],
    ['INFO 11-20 [backends.py:559] Dynamo bytecode transform time: 5.03 s', 'compiling kernels'],
    ['INFO 11-20 [gpu_model_runner.py:3480] Graph capturing finished in 12 secs, took 0.60 GiB', 'capturing graphs'],
    ['INFO:     Application startup complete.', 'listening'],
    ['[2025-11-20 10:00:00] The server is fired up and ready to roll!', 'listening'],
    ['2026-01-02T03:04:05.678Z INFO aim_runtime: selected profile vllm-mi300x-fp16-tp1-latency', 'starting the engine'],
    ['INFO:     127.0.0.1:51234 - "GET /health HTTP/1.1" 200 OK', undefined],
  ])('%s', (line, text) => {
    const activity = parseActivity(line);
    expect(activity && describeActivity(activity)).toBe(text);
  });
});
