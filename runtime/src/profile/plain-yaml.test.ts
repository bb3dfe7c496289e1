import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainYamlReader } from './plain-yaml.ts';
import { parseYaml } from './yaml.ts';

/** What the full parser makes of a text; `refused` when it takes it for an error. */
function full(text: string): unknown {
  const result = parseYaml(text);
  return result.ok ? result.value : 'refused';
}

const PROFILE = `# SPDX-License-Identifier: MIT

aim_id: org/model
model_id: quant/model-FP8
metadata:
  engine: vllm
  gpu_count: 1
  manual_selection_only: false
engine_args:
  gpu-memory-utilization: 0.9
  no-enable-prefix-caching:
  dtype: float16
  seed: -3
env_vars:
  GPU_ARCHS: "gfx942"
  HSA_NO_SCRATCH_RECLAIM: '1'
`;

describe('the reader of plain profiles', () => {
  it('reads a profile as the full parser does', () => {
    const value = createPlainYamlReader()(PROFILE);
    expect(value).toEqual(full(PROFILE));
    expect(value).toMatchObject({
      engine_args: { 'no-enable-prefix-caching': null, seed: -3 },
      env_vars: { GPU_ARCHS: 'gfx942' },
    });
  });

  it.each([
    ['a sequence', 'a:\n  - b\n'],
    ['a flow mapping', 'a: {b: 1}\n'],
    ['a repeated key', 'a: 1\na: 2\n'],
    ['a repeated nested key', 'a:\n  b: 1\n  b: 2\n'],
    ['an anchor', 'a: &x 1\n'],
    ['a trailing comment', 'a: 1 # one\n'],
    ['a nested block', 'a:\n  b:\n    c: 1\n'],
    ['uneven indentation', 'a:\n  b: 1\n   c: 2\n'],
    ['Windows line ends', 'a: 1\r\n'],
    ['a document marker', '---\na: 1\n'],
    ['an octal number', 'a: 0o17\n'],
    ['a leading zero', 'a: 007\n'],
    ['a prototype key', '__proto__: 1\n'],
    ['a capitalised boolean', 'a: True\n'],
    ['nothing', '# only a comment\n'],
  ])('leaves %s to the full parser', (_, text) => {
    expect(createPlainYamlReader()(text)).toBeUndefined();
  });

  it('agrees with the full parser on whatever it accepts', () => {
    const line = fc.tuple(
      fc.constantFrom('', '  ', '    ', ' '),
      fc.constantFrom('a', 'b', 'no-c', 'true', 'k_1', '#x', '- d', 'null'),
      fc.constantFrom(':', ': ', ':  ', ''),
      fc.constantFrom(
        '',
        '1',
        '-0',
        '01',
        '1.50',
        '1e3',
        '.5',
        'true',
        'Null',
        "'q'",
        "'it''s'",
        '"d"',
        '"\\n"',
        'w:x',
        'w #c',
        'x # c',
        '~',
        '[1]',
        '|',
        '&a',
        '*a',
        '!t',
        'a/b-c.d',
        '0x1F',
        '123456789012345678',
        '2024-01-01',
        '- 1',
        '%x',
        '@y',
        '\u00A0',
        'é',
      ),
      fc.constantFrom('', ' ', '\t'),
    );
    const text = fc
      .array(
        line.map((parts) => parts.join('')),
        { minLength: 1, maxLength: 6 },
      )
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (yaml) => {
        const value = createPlainYamlReader()(yaml);
        if (value !== undefined) expect(value).toEqual(full(yaml));
      }),
      { numRuns: 20_000 },
    );
  });
});
