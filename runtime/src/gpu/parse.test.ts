import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractJson, parseBytes, parseReading, parseWord, selectGpuRecords } from './parse.ts';

describe('extractJson', () => {
  it.each([
    ['[{"gpu":0}]', [{ gpu: 0 }]],
    ['WARNING: x\n{"a":"}"}\ntrailing', { a: '}' }],
    ['[WARNING] low power\n[1] note\n[{"gpu":0}]\n[done]', [{ gpu: 0 }]],
    ['  {"a": {"b": ["\\"]"]}}  ', { a: { b: ['"]'] } }],
    ['no json', undefined],
    ['[1, 2]', undefined],
    ['{"cut": [', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(extractJson(text)).toEqual(expected);
  });

  it('finds any document between lines of prose', () => {
    const document = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 });
    fc.assert(
      fc.property(document, (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(extractJson(`first line\n${text}\nlast line\n`)).toEqual(JSON.parse(text));
      }),
      { numRuns: 50 },
    );
  });
});

it('selectGpuRecords finds both shapes and takes an error for none', () => {
  expect(selectGpuRecords([{ gpu: 0 }])).toEqual([{ gpu: 0 }]);
  expect(selectGpuRecords({ gpu_data: [{ gpu: 0 }, 'N/A', null] })).toEqual([{ gpu: 0 }]);
  expect(selectGpuRecords({ error: 'x', code: -3 })).toEqual([]);
});

describe('readings', () => {
  it.each([
    [5, { value: 5, unit: undefined }],
    ['53.0', { value: 53, unit: undefined }],
    ['16368 MB', { value: 16368, unit: 'MB' }],
    [
      { value: 283, unit: 'MB' },
      { value: 283, unit: 'MB' },
    ],
    [
      { value: '7', unit: '%' },
      { value: 7, unit: '%' },
    ],
    [{ value: 'N/A', unit: 'MB' }, undefined],
    [{ value: { value: 1 } }, undefined],
    ['N/A', undefined],
    [null, undefined],
    [[1], undefined],
  ])('%j', (raw, expected) => {
    expect(parseReading(raw)).toEqual(expected);
  });

  it.each([
    [{ value: 196592, unit: 'MB' }, 196592 * 2 ** 20],
    [{ value: 206141652992, unit: 'B' }, 206141652992],
    ['192.0 GB', 192 * 2 ** 30],
    ['64 GiB', 64 * 2 ** 30],
    [16, 16 * 2 ** 20],
    [{ value: 1, unit: 'W' }, undefined],
    ['N/A', undefined],
  ])('bytes of %j', (raw, expected) => {
    expect(parseBytes(raw)).toBe(expected);
  });

  it('a bare number counts in the unit the key names', () => {
    expect(parseBytes('21458059264', 'B')).toBe(21458059264);
  });

  it('words', () => {
    expect(parseWord(' SPX ')).toBe('SPX');
    for (const raw of ['N/A', 'n/a', '', 3, undefined]) expect(parseWord(raw)).toBeUndefined();
  });
});
