import { expect, it } from 'vitest';
import { presentHardware, renderHardware } from './present.ts';
import type { Gpu, Hardware } from './types.ts';

const known: Gpu = {
  model: 'MI300X',
  deviceId: '74a1',
  gfx: 'gfx942',
  bdf: '0000:05:00.0',
  renderMinor: 128,
  vramTotalBytes: 206141652992,
  vramUsedBytes: 296747008,
  busyPercent: 3,
  computePartition: 'SPX',
  memoryPartition: 'NPS1',
};
const foreign: Gpu = {
  model: undefined,
  deviceId: 'dead',
  gfx: undefined,
  bdf: undefined,
  renderMinor: undefined,
  vramTotalBytes: undefined,
  vramUsedBytes: undefined,
  busyPercent: undefined,
  computePartition: undefined,
  memoryPartition: undefined,
};
const hardware = (gpus: readonly Gpu[], warnings: readonly string[] = []): Hardware => ({
  gpus,
  inRuntimeOrder: gpus,
  source: gpus.length > 0 ? 'sysfs' : 'none',
  warnings,
});

it('JSON has the most frequent model, and null for what is unknown', () => {
  const result = presentHardware(hardware([{ ...known, model: 'RX7900' }, known, known, foreign]));
  expect(result).toMatchObject({ gpu: 'MI300X', count: 2, source: 'sysfs', warnings: [] });
  const parsed = JSON.parse(JSON.stringify(result)) as { gpus: Record<string, unknown>[] };
  expect(Object.keys(parsed.gpus[3]!)).toEqual(Object.keys(known));
  expect(parsed.gpus[3]).toMatchObject({ model: null, deviceId: 'dead', vramTotalBytes: null });
});

it('JSON counts all GPUs when none is known, and none when there is none', () => {
  expect(presentHardware(hardware([foreign, foreign]))).toMatchObject({ gpu: null, count: 2 });
  expect(presentHardware(hardware([]))).toEqual({ gpu: null, count: 0, source: 'none', gpus: [], warnings: [] });
});

it('text is a summary, an aligned table and the warnings', () => {
  expect(renderHardware(hardware([known, foreign], ['look here']))).toBe(
    [
      '1 x MI300X, 1 x unknown model (source: sysfs)',
      '',
      'GPU  MODEL   DEVICE  ARCH    BUS           USED GiB  TOTAL GiB  ACTIVE  PARTITION',
      '0    MI300X  0x74a1  gfx942  0000:05:00.0  0.3       192.0      3%      SPX/NPS1',
      '1    -       0xdead  -       -             -         -          -       -',
      '',
      'warning: look here',
      '',
    ].join('\n'),
  );
  expect(renderHardware(hardware([]))).toBe('No usable AMD GPU found\n');
});
