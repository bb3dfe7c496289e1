import type { Gpu } from 'aim-runtime/gpu';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../engine/endpoint.ts';
import { selectFree, waitForFreeGpus } from './free-gpus.ts';

const GIB = 2 ** 30;
const gpu = (renderMinor: number, usedShare: number): Gpu =>
  ({ model: 'MI300X', renderMinor, vramTotalBytes: 192 * GIB, vramUsedBytes: usedShare * 192 * GIB }) as Gpu;
const endpoint = (gpus: string[], state: string) => ({ name: 'e', gpus, state }) as unknown as Endpoint;
const signal = new AbortController().signal;

describe('free GPUs', () => {
  it('are those that no endpoint holds and whose memory is at most a tenth in use', () => {
    const gpus = [gpu(128, 0), gpu(129, 0.09), gpu(130, 0.11), gpu(131, 0)];
    const free = selectFree(gpus, [endpoint(['renderD131'], 'running'), endpoint(['renderD128'], 'exited')]);
    expect(free.map(({ id }) => id)).toEqual(['renderD128', 'renderD129']);
    const unknown = { ...gpu(132, 0), vramUsedBytes: undefined };
    expect(selectFree([unknown], [])).toHaveLength(1);
  });

  it('are waited for, with a word about it', async () => {
    let looks = 0;
    const phases: string[] = [];
    const free = await waitForFreeGpus(
      () => Promise.resolve({ gpus: [gpu(128, ++looks === 1 ? 0.5 : 0)], endpoints: [] }),
      { gpuCount: 1, timeoutMs: 10, signal, onPhase: (phase) => phases.push(phase) },
    );
    expect(free).toHaveLength(1);
    expect(phases).toEqual(['waiting for 1 free GPUs: 0 of 1 are']);
  });

  it('that never come are named, and a host with too few is not waited for', async () => {
    const options = { gpuCount: 1, timeoutMs: 0, signal, onPhase: () => undefined };
    const busy = () => Promise.resolve({ gpus: [gpu(128, 0.5)], endpoints: [] });
    await expect(waitForFreeGpus(busy, options)).rejects.toMatchObject({
      code: 'environment',
      details: ['GPU 0 (renderD128): another process uses it, 50 % of its memory is in use'],
    });
    await expect(waitForFreeGpus(busy, { ...options, gpuCount: 2, timeoutMs: 1e6 })).rejects.toMatchObject({
      message: '2 GPUs are needed, and the host has 1 that can be used',
    });
  });
});
