import { describe, expect, it } from 'vitest';
import { renderBytes } from './bytes.ts';
import { renderImages } from './images.ts';
import { renderTable } from './table.ts';

describe('text for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [123_456_789, '123 MB'],
    [30_000_000_000, '30 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(renderBytes(bytes)).toBe(text);
  });

  it('tables line up and have no trailing spaces', () => {
    expect(renderTable(['A', 'LONG'], [['wide cell', 'x']])).toBe('A          LONG\nwide cell  x');
  });

  it('images are one row each', () => {
    const image = {
      reference: 'aim-base:0.9',
      id: 'sha256:0',
      kind: 'base',
      model: null,
      version: '0.9',
      base: 'u:1',
      sizeBytes: 5,
      created: 'now',
    };
    expect(renderImages({ images: [image] }).split('\n')).toHaveLength(2);
    expect(renderImages({ images: [image] })).toContain('(base)');
    expect(renderImages({ images: [] })).toMatch(/no AIM images/);
  });
});
