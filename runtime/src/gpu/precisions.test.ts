import { expect, it } from 'vitest';
import { nativePrecisions } from './precisions.ts';

it.each([
  ['gfx90a', false, false],
  ['gfx942', true, false],
  ['gfx950', true, true],
  ['gfx1100', false, false],
  ['gfx1201', true, false],
])('%s: fp8 %s, fp4 %s', (gfx, fp8, fp4) => {
  const native = nativePrecisions(gfx) ?? [];
  expect([native.includes('fp8'), native.includes('fp4')]).toEqual([fp8, fp4]);
  expect(native).toContain('fp16');
});

it('says nothing about an unknown instruction set', () => {
  expect(nativePrecisions('gfx803')).toBeUndefined();
  expect(nativePrecisions('sm_90')).toBeUndefined();
});
