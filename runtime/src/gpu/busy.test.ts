import { expect, it } from 'vitest';
import { busyWarnings } from './busy.ts';
import { groupByModel } from './group.ts';
import type { Gpu } from './types.ts';

const MIB = 2 ** 20;
const gpu = (facts: Partial<Gpu>): Gpu => ({
  model: 'MI300X',
  deviceId: '74a1',
  gfx: 'gfx942',
  bdf: '0000:05:00.0',
  renderMinor: 128,
  vramTotalBytes: 196608 * MIB,
  vramUsedBytes: undefined,
  busyPercent: undefined,
  computePartition: undefined,
  memoryPartition: undefined,
  ...facts,
});

it('an idle driver, an unknown use and activity without memory are not busy', () => {
  const gpus = [gpu({ vramUsedBytes: 283 * MIB }), gpu({}), gpu({ vramUsedBytes: 28 * MIB, busyPercent: 100 })];
  expect(busyWarnings({ gpus })).toEqual([]);
});

it('names index, model, address and memory of a busy GPU', () => {
  const gpus = [gpu({}), gpu({ vramUsedBytes: 98304 * MIB, busyPercent: 0 })];
  expect(busyWarnings({ gpus })).toEqual([
    expect.stringMatching(/^GPU 1 \(MI300X, 0000:05:00\.0\) is busy: 96\.0 of 192\.0 GiB .*ROCR_VISIBLE_DEVICES/),
  ]);
});

it('groupByModel counts known models in order', () => {
  const gpus = [gpu({ model: 'RX7900' }), gpu({}), gpu({ model: undefined }), gpu({})];
  expect([...groupByModel({ gpus })]).toEqual([
    ['RX7900', 1],
    ['MI300X', 2],
  ]);
});
