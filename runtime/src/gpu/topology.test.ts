import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGpuBankBytes, parseKfdNode, renderBdf } from './topology.ts';

describe('parseKfdNode', () => {
  it('keeps a unique id that no number can hold', () => {
    const node = parseKfdNode(2, 'simd_count 4\nunique_id 18446744073709551615\n');
    expect(node?.uniqueId).toBe(18446744073709551615n);
  });

  it.each([
    ['90402', 'gfx942'],
    ['90010', 'gfx90a'],
    ['90008', 'gfx908'],
    ['90500', 'gfx950'],
    ['100302', 'gfx1032'],
    ['110501', 'gfx1151'],
    ['120001', 'gfx1201'],
  ])('names gfx version %s %s', (version, gfx) => {
    expect(parseKfdNode(1, `simd_count 8\ngfx_target_version ${version}`)?.gfx).toBe(gfx);
  });

  it('takes a node for a GPU by SIMDs or gfx version', () => {
    expect(parseKfdNode(0, 'cpu_cores_count 96\nsimd_count 0\ngfx_target_version 0\n')).toBeUndefined();
    expect(parseKfdNode(1, 'simd_count 256\n')).toMatchObject({ gfx: undefined, renderMinor: undefined });
    expect(parseKfdNode(1, 'gfx_target_version 90402\n')).toMatchObject({ gfx: 'gfx942' });
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, value) => {
        expect(parseKfdNode(1, `${key} ${value}\nsimd_count 1\nunique_id ${value}\n`)).toBeDefined();
      }),
    );
  });
});

it('renders bus addresses with all their parts', () => {
  expect([renderBdf(0, 1280), renderBdf(0, 1287), renderBdf(1, 0xc4 * 256 + 31 * 8 + 3)]).toEqual([
    '0000:05:00.0',
    '0000:05:00.7',
    '0001:c4:1f.3',
  ]);
});

it('counts only memory of the GPU', () => {
  expect(['0', '1', '2', '3'].map((heap) => parseGpuBankBytes(`heap_type ${heap}\nsize_in_bytes 64\n`))).toEqual([
    0, 64, 64, 0,
  ]);
});
