import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArgValue } from '../profile/types.ts';
import { renderArgs, renderJson } from './render.ts';

describe('renderArgs', () => {
  it('keeps order and spelling and renders each kind of value', () => {
    const args = {
      'max-model-len': 4096,
      distributed_executor_backend: 'mp',
      'async-scheduling': null,
      'enforce-eager': true,
      'enable-log-requests': false,
      'served-model-name': ['a', 'b', 3],
      'gpu-memory-utilization': 0.9,
      'hf-overrides': { a: [1, 2.5, null], b: { c: true } },
    };
    expect(renderArgs(args)).toEqual([
      ...['--max-model-len', '4096', '--distributed_executor_backend', 'mp', '--async-scheduling', '--enforce-eager'],
      ...['--served-model-name', 'a', 'b', '3', '--gpu-memory-utilization', '0.9'],
      ...['--hf-overrides', '{"a": [1, 2.5, null], "b": {"c": true}}'],
    ]);
  });

  it('gives nothing for an empty list and {} for an empty object', () => {
    expect(renderArgs({ a: [], b: {} })).toEqual(['--b', '{}']);
  });

  it('ties a text that looks like a flag to its own flag, but not a negative number', () => {
    expect(renderArgs({ a: '--trust-remote-code', b: -1, c: '-0.5' })).toEqual([
      '--a=--trust-remote-code',
      '--b',
      '-1',
      '--c',
      '-0.5',
    ]);
  });

  it('renders a list inside a list as JSON', () => {
    expect(renderArgs({ a: [{ x: 1 }, ['y']] })).toEqual(['--a', '{"x": 1}', '["y"]']);
  });

  it('never prints undefined or [object Object], and every JSON word reads back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{2,9}$/), fc.jsonValue()), (args) => {
        const words = renderArgs(args as Record<string, ArgValue>);
        expect(words.every((word) => typeof word === 'string' && !word.includes('[object'))).toBe(true);
        expect(words).not.toContain('undefined');
        for (const value of Object.values(args)) {
          expect(JSON.parse(renderJson(value as ArgValue))).toEqual(JSON.parse(JSON.stringify(value)));
        }
      }),
    );
  });
});

describe('renderJson', () => {
  it('escapes everything outside ASCII', () => {
    expect(renderJson({ é: 'a\n"😀\u007f' })).toBe('{"\\u00e9": "a\\n\\"\\ud83d\\ude00\\u007f"}');
  });
});
