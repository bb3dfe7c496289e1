import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { createYamlIndex, locate } from './yaml-position.ts';

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

describe('createYamlIndex', () => {
  it('gives the characters of keys and scalar values, quotes included', () => {
    const text = 'a: 1\n\'b\': "two" # note\nc:\n  d: x y\n';
    const index = createYamlIndex(text);
    const cut = (path: string[]) => {
      const { key, value } = index?.spanOf(path) ?? {};
      return [key, value].map((span) => span && text.slice(span.start, span.end));
    };
    expect([cut(['a']), cut(['b']), cut(['c', 'd'])]).toEqual([
      ['a', '1'],
      ["'b'", '"two"'],
      ['d', 'x y'],
    ]);
    expect(cut(['c'])).toEqual(['c', undefined]);
    expect(index?.spanOf(['missing'])).toBeUndefined();
  });

  it('lists repeated keys of every mapping with the first of them', () => {
    const text = 'a: 1\nb:\n  c: 1\n  "c": 2\na: 2\n';
    const places = createYamlIndex(text)
      ?.repeatedKeys()
      .map(({ key, first, position }) => [key, first.line, position.line]);
    expect(places).toEqual([
      ['a', 1, 5],
      ['c', 3, 4],
    ]);
  });

  it('is undefined for what is no YAML', () => {
    expect(createYamlIndex('a: [')).toBeUndefined();
  });

  it('finds the same places as locate', () => {
    const index = createYamlIndex(PROFILE);
    for (const path of [['metadata'], ['engine_args'], ['missing']]) {
      for (const part of ['key', 'value'] as const)
        expect(index?.locate(path, part)).toEqual(locate(PROFILE, path, part));
    }
  });
});
