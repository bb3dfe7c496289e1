import { describe, expect, it } from 'vitest';
import {
  dependsOnRevision,
  DEVICE_IDS,
  findDevice,
  findModelInName,
  GPU_MODELS,
  nearestGpuModel,
  normalizeHexId,
} from './devices.ts';

describe('findDevice', () => {
  it('accepts ids as files and tools write them', () => {
    for (const id of ['74a1', '0x74a1', '0x74A1', ' 74A1\n']) expect(findDevice(id)?.model).toBe('MI300X');
  });

  it('gives virtual functions and OEM variants the name of their base model', () => {
    expect(['74a9', '74b5', '74bd'].map((id) => findDevice(id)?.model)).toEqual(['MI300X', 'MI300X', 'MI300X']);
    expect(['74a8', '74b6', '74bc'].map((id) => findDevice(id)?.model)).toEqual(['MI308X', 'MI308X', 'MI308X']);
    expect(['7408', '740c'].map((id) => findDevice(id)?.model)).toEqual(['MI250X', 'MI250X']);
  });

  it('tells boards apart by revision where only their memory differs', () => {
    expect(['0xc8', '0xCC', '0xce'].map((revision) => findDevice('744c', revision)?.vramMib)).toEqual([
      24560, 20464, 16368,
    ]);
    expect(findDevice('744c', '0x00')?.vramMib).toBe(24560);
    expect(findDevice('74a1', '0xcc')?.vramMib).toBe(196592);
    expect([dependsOnRevision('744c'), dependsOnRevision('74a1')]).toEqual([true, false]);
  });

  it('knows at least 40 ids, each once, and no others', () => {
    expect(new Set(DEVICE_IDS).size).toBe(DEVICE_IDS.length);
    expect(DEVICE_IDS.length).toBeGreaterThanOrEqual(40);
    for (const id of [undefined, '', 'dead', 'ffff', 'zz', '0x174a1']) expect(findDevice(id)).toBeUndefined();
  });
});

describe('normalizeHexId', () => {
  it.each([
    ['0x1', '0001'],
    ['1900', '1900'],
    ['-0x7fe3', '801d'],
    ['', undefined],
    ['N/A', undefined],
    ['0x12345', undefined],
  ])('%s', (text, expected) => {
    expect(normalizeHexId(text)).toBe(expected);
  });
});

describe('model names', () => {
  it.each([
    ['AMD Instinct MI300X OAM', 'MI300X'],
    ['Arcturus GL-XL [Instinct MI100]', 'MI100'],
    ['Radeon RX 7900 XT', 'RX7900'],
    ['AMD Radeon PRO W7900', 'W7900'],
    ['AMD INSTINCT MI200 (MCM) OAM LC MBA HPE C2', undefined],
    ['AMD Radeon Graphics', undefined],
  ])('in %s', (name, model) => {
    expect(findModelInName(name)).toBe(model);
  });

  it.each([
    ['MI-300X', 'MI300X'],
    ['mi 325 x', 'MI325X'],
    ['MI355', 'MI355X'],
    ['H100-SXM5-80GB', undefined],
  ])('nearest to %s', (text, model) => {
    expect(nearestGpuModel(text)).toBe(model);
  });

  it('are sorted and unique', () => {
    expect(GPU_MODELS).toEqual([...new Set(GPU_MODELS)].sort());
  });
});
