import { describe, expect, it } from 'vitest';
import { engineEnded, findCause } from './death.ts';

const ending = { exitCode: 1, outOfMemory: false, startError: '' };

describe('findCause', () => {
  it.each([
    ['torch.OutOfMemoryError: HIP out of memory. Tried to allocate 2.00 GiB.', 'gpu-memory'],
    ['ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`', 'gpu-memory'],
    [
      "ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (3.2 GiB).",
      'gpu-memory',
    ],
    ['huggingface_hub.errors.GatedRepoError: 401 Client Error. Cannot access gated repo for url', 'gated-model'],
    ['OSError: You are trying to access a gated repo.', 'gated-model'],
    ['huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.', 'model-not-found'],
    ['api_server.py: error: unrecognized arguments: --no-such-flag', 'argument'],
    ["api_server.py: error: argument --dtype: invalid choice: 'x'", 'argument'],
    ['OSError: [Errno 98] Address already in use', 'port'],
    ['driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated', 'port'],
    ['RuntimeError: No HIP GPUs are available', 'no-gpu'],
    ['RuntimeError: Failed to infer device type', 'no-gpu'],
    ['OSError: [Errno 28] No space left on device', 'disk'],
    ['requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded with url', 'network'],
    ["ValueError: Model architectures ['NewForCausalLM'] are not supported for now.", 'unsupported-model'],
    ['Error: AIM_PROFILE_ID=x names no profile', 'profile'],
  ])('%s', (line, id) => {
    expect(findCause(['INFO starting', line, 'Traceback ends'], ending)?.id).toBe(id);
  });

  it.each([
    [2, 'argument'],
    [3, 'no-gpu'],
    [4, 'profile'],
    [5, 'disk'],
    [6, 'network'],
    [7, 'gated-model'],
    [137, 'killed'],
    [1, undefined],
  ])('exit status %i without words means %s', (exitCode, id) => {
    expect(findCause(['nothing to see'], { ...ending, exitCode })?.id).toBe(id);
  });

  it('believes the kernel before the log', () => {
    expect(findCause(['HIP out of memory'], { ...ending, outOfMemory: true })?.id).toBe('host-memory');
  });
});

describe('engineEnded', () => {
  it('is a failure of the class of its cause, with the last lines', () => {
    const { error } = engineEnded(['line one', 'GatedRepoError: 403'], ending);
    expect(error).toMatchObject({ code: 'remote', details: ['line one', 'GatedRepoError: 403'] });
  });
  it('tells the exit status when nothing else is known', () => {
    expect(engineEnded([], { ...ending, exitCode: 42 }).error).toMatchObject({
      code: 'environment',
      message: 'the engine ended: with exit status 42',
    });
  });
});
