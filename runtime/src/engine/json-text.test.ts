import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-text.ts';

describe('parseJson', () => {
  it.each([
    ['not json', 1, 1, 'a JSON value'],
    ['{"a": 1,}', 1, 9, 'a key in double quotes'],
    ['{"a" 1}', 1, 6, '":"'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"," or "}"'],
    ['[1 2]', 1, 4, '"," or "]"'],
    ['{"a": "x', 1, 9, 'the rest of a string'],
    ['{"a": "\\q"}', 1, 8, 'the rest of a string'],
    ['{} x', 1, 4, 'the end of the text'],
    ["{'a': 1}", 1, 2, 'a key in double quotes'],
    ['[tru]', 1, 2, 'a JSON value'],
    ['01', 1, 2, 'the end of the text'],
    ['', 1, 1, 'a JSON value'],
  ])('finds the error in %j', (text, ...[line, column, expected]) => {
    expect(parseJson(text)).toMatchObject({ ok: false, line, column, expected });
  });

  it('agrees with JSON.parse on what is JSON, and stays inside the text when it is not', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', 'x', '\n'))
      .map(
        ([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        const result = parseJson(text);
        if (result.ok) expect(result.value).toEqual(JSON.parse(text));
        else {
          expect(() => JSON.parse(text) as unknown).toThrow();
          expect(result.offset).toBeLessThanOrEqual(text.length);
          expect(result.expected).not.toBe('');
        }
      }),
    );
  });
});
