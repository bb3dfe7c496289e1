import type { Gpu } from 'aim-runtime/gpu';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { findUsers, selectUsable } from './gpus.ts';

const gpu = (renderMinor: number | undefined, usedGib = 0): Gpu => ({
  ...{ model: 'MI300X', deviceId: '74a1', gfx: 'gfx942', bdf: `0000:0${(renderMinor ?? 128) - 128}:00.0`, renderMinor },
  ...{ vramTotalBytes: 191 * 2 ** 30, vramUsedBytes: usedGib * 2 ** 30, busyPercent: 0 },
  ...{ computePartition: 'SPX', memoryPartition: 'NPS1' },
});
const endpoint = (name: string, gpus: string[], state: Endpoint['state'] = 'running'): Endpoint => ({
  ...{ id: name, name, state, gpus, image: 'i', addresses: [], model: 'm', profile: 'p', backend: 'vllm' },
  ...{ precision: 'fp16', metric: 'latency', gpuModel: 'MI300X', address: '0.0.0.0', port: 1, containerPort: 1 },
  supervised: false,
});

describe('findUsers', () => {
  it('knows endpoints by the render nodes they hold and other programs by the memory they use', () => {
    const users = findUsers(
      [gpu(128), gpu(129, 40), gpu(130), gpu(131)],
      [endpoint('one', ['renderD128', 'renderD130']), endpoint('ended', ['renderD131'], 'exited')],
    );
    expect(users.map(({ user }) => user)).toEqual(['one', 'another process', 'one', undefined]);
  });
  it('falls back to the number of a GPU without a render node', () => {
    expect(findUsers([gpu(undefined)], [endpoint('one', ['gpu0'])])[0]?.user).toBe('one');
  });
});

describe('selectUsable', () => {
  const users = findUsers([gpu(128), gpu(129), gpu(130, 40)], [endpoint('one', ['renderD128'])]);
  const ids = (wanted?: string[]) => selectUsable(users, wanted).map(({ id }) => id);

  it('takes the free ones', () => expect(ids()).toEqual(['renderD129']));
  it('takes named ones by number, render node and address, once each, even with memory in use', () => {
    expect(ids(['2', 'renderD129', '0000:01:00.0'])).toEqual(['renderD130', 'renderD129']);
  });
  it('refuses those of an endpoint and those that do not exist', () => {
    expect(() => ids(['0'])).toThrow(
      expect.objectContaining({ code: 'environment', message: 'GPU 0 is used by the endpoint one' }) as Error,
    );
    expect(() => ids(['7'])).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
