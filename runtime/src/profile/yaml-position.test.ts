import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { locate } from './yaml-position.ts';

const PROFILE = `# comment
metadata:
  engine: vllm
  "gpu": 'MI300X'
engine_args:
  flag:
  list: [a, {b: 1}]
  steps:
    - one
    - two: 2
  engine: twice
  engine: last
`;

describe('locate', () => {
  it.each([
    { path: [], key: { line: 2, column: 1 }, value: { line: 2, column: 1 } },
    { path: ['metadata'], key: { line: 2, column: 1 }, value: { line: 3, column: 3 } },
    { path: ['metadata', 'engine'], key: { line: 3, column: 3 }, value: { line: 3, column: 11 } },
    { path: ['metadata', 'gpu'], key: { line: 4, column: 3 }, value: { line: 4, column: 10 } },
    { path: ['engine_args', 'flag'], key: { line: 6, column: 3 }, value: { line: 6, column: 3 } },
    { path: ['engine_args', 'list', 0], key: { line: 7, column: 10 }, value: { line: 7, column: 10 } },
    { path: ['engine_args', 'list', '1', 'b'], key: { line: 7, column: 14 }, value: { line: 7, column: 17 } },
    { path: ['engine_args', 'steps', 1, 'two'], key: { line: 10, column: 7 }, value: { line: 10, column: 12 } },
    { path: ['engine_args', 'engine'], key: { line: 12, column: 3 }, value: { line: 12, column: 11 } },
  ])('finds $path', ({ path, key, value }) => {
    expect(locate(PROFILE, path)).toEqual(key);
    expect(locate(PROFILE, path, 'value')).toEqual(value);
  });

  it.each([
    [['absent']],
    [['metadata', 'engine', 'deeper']],
    [['engine_args', 'list', 5]],
    [['engine_args', 'list', 'x']],
  ])('has no position for %j', (path) => {
    expect(locate(PROFILE, path)).toBeUndefined();
  });

  it('counts columns without the byte order mark and lines in CRLF texts', () => {
    expect(locate('\uFEFFa: 1\r\nb: 2\r\n', ['a'])).toEqual({ line: 1, column: 1 });
    expect(locate('\uFEFFa: 1\r\nb: 2\r\n', ['b'], 'value')).toEqual({ line: 2, column: 4 });
  });

  it('points at an alias, not at what it stands for', () => {
    const text = 'a: &x {b: 1}\nc: *x\n';
    expect(locate(text, ['c'], 'value')).toEqual({ line: 2, column: 4 });
    expect(locate(text, ['c', 'b'])).toBeUndefined();
  });

  it.each(['', '# nothing\n', 'a: [', '\tx: 1'])('has no position in %j', (text) => {
    expect(locate(text, ['a'])).toBeUndefined();
  });

  it('finds every key of any document', () => {
    const key = fc.string({ minLength: 1, maxLength: 6 });
    const value = fc.dictionary(key, fc.dictionary(key, fc.integer(), { noNullPrototype: true }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (data) => {
        const text = dump(data);
        const found = Object.entries(data).flatMap(([outer, inner]) =>
          Object.keys(inner).map((name) => locate(text, [outer, name])),
        );
        expect(found).not.toContain(undefined);
        expect(new Set(found.map((position) => position?.line)).size).toBe(found.length);
      }),
      { numRuns: 60 },
    );
  });
});
