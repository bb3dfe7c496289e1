import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml, type EngineArgs } from 'aim-runtime/profile';
import { settingName } from './argument-names.ts';
import { formatProfile } from './format.ts';

const CATALOGUE = join(import.meta.dirname, '../../../profiles');

const MESSY = `# SPDX-License-Identifier: MIT
env_vars:
    ZED: 1   # one
    # about ALPHA
    ALPHA: 'it''s'
    MIDDLE: "kept"

engine_args:
    tensor-parallel-size: 2

    # what graphs are for
    compilation-config:
        b: 1
        a: [1, 2]
    hf-overrides: |
      {"x":
        1}
    # the end
metadata:
  type: unoptimized
  gpu: MI300X
  engine: vllm
# whose it is
aim_id: org/model
`;
const CLEAN = `# SPDX-License-Identifier: MIT
# whose it is
aim_id: org/model
metadata:
  engine: vllm
  gpu: MI300X
  type: unoptimized

engine_args:
  # what graphs are for
  compilation-config:
      b: 1
      a: [1, 2]
  hf-overrides: |
    {"x":
      1}
  tensor-parallel-size: 2

  # the end
env_vars:
  # about ALPHA
  ALPHA: "it's"
  MIDDLE: "kept"
  ZED: "1"   # one
`;

describe('formatting a profile', () => {
  it('orders keys, indents, quotes variables and keeps comments beside what they speak of', () => {
    const formatted = formatProfile(MESSY);
    for (const comment of MESSY.match(/#.*/g) ?? []) expect(formatted).toContain(comment);
    expect(formatted.replaceAll('\n\n', '\n')).toBe(CLEAN.replaceAll('\n\n', '\n'));
  });

  it('leaves the whole catalogue as it is', () => {
    const files = readdirSync(CATALOGUE, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.yaml') && !name.endsWith('metadata.yaml'),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = readFileSync(join(CATALOGUE, file), 'utf8');
      expect(formatProfile(text), file).toBe(text);
    }
  });

  it.each([
    ['broken YAML', 'a: [1\nb: 2'],
    ['a list', '- a\n- b\n'],
    ['flow style', '{metadata: {gpu: MI300X, engine: vllm}}\n'],
    ['an alias that would come before its anchor', 'engine_args: &a\n  x: 1\naim_id: *a\n'],
    ['several documents', 'a: 1\n---\nb: 2\n'],
    ['nothing', ''],
  ])('leaves %s alone', (_name, text) => {
    expect(formatProfile(text)).toBe(text);
  });

  it('ends lines in one way, without spaces', () => {
    expect(formatProfile('model_id: a  \r\naim_id: b\r\n\r\n\r\n')).toBe('aim_id: b\nmodel_id: a\n');
  });

  it('keeps lists at the column of their key and scalars of several lines', () => {
    const text = 'engine_args:\n  z:\n  - 1\n  - 2\n  a: first\n    second\nmodel_id: x\n';
    expect(parseYaml(formatProfile(text))).toMatchObject({
      value: { model_id: 'x', engine_args: { a: 'first second', z: [1, 2] } },
    });
    expect(formatProfile(text)).toMatch(/^model_id: x\nengine_args:\n {2}a: first\n {4}second\n {2}z:\n {2}- 1/);
  });

  it('changes nothing the second time, loses no comment and no value, whatever the order and the spacing', () => {
    const name = fc.constantFrom('aim_id', 'model_id', 'metadata', 'engine_args', 'env_vars', 'extra', 'no-x', 'b_c');
    const scalar = fc.constantFrom(
      '1',
      'text',
      '"quoted # no comment"',
      "'single'",
      '',
      'true',
      '[1, {a: b}]',
      '- x',
      'a b',
    );
    const line = fc.oneof(
      fc.tuple(name, scalar, fc.nat(6)).map(([key, value, indent]) => `${' '.repeat(indent)}${key}: ${value}`),
      fc.nat(6).map((indent) => `${' '.repeat(indent)}# comment ${indent}`),
      fc.constantFrom('', '   ', '---', '    - item', 'key: |', '    literal', 'env_vars:', 'metadata:'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = lines.join('\n');
        const once = formatProfile(text);
        expect(formatProfile(once)).toBe(once);
        const comments = (each: string) => (each.match(/^\s*#.*$/gm) ?? []).map((found) => found.trim()).sort();
        expect(comments(once)).toEqual(comments(text));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('formatting engine arguments of which the last counts', () => {
  const argsOf = (text: string): EngineArgs => {
    const parsed = parseYaml(text);
    return (parsed.ok ? (parsed.value as { engine_args: EngineArgs }).engine_args : undefined) ?? {};
  };

  it.each([
    ['two spellings', 'max_num_seqs: 16', 'max-num-seqs: 256'],
    ['opposites', 'no-enable-prefix-caching:', 'enable-prefix-caching:'],
    ['two names', 'tp-size: 2', 'tensor-parallel-size: 8'],
    ['a dotted key and one below it', 'b.pass.z: 1', 'b.pass: {"a": 1}'],
  ])('keeps the order of %s and sorts the others around them', (_name, first, second) => {
    const formatted = formatProfile(`engine_args:\n  zed: 1\n  ${first}\n  above: 2\n  ${second}\n`);
    const keys = Object.keys(argsOf(formatted));
    const [before = '', after = ''] = [first, second].map((line) => line.split(':')[0] ?? '');
    expect(keys.indexOf(after)).toBe(keys.indexOf(before) + 1);
    expect(keys.filter((key) => key !== after)).toEqual(['above', before, 'zed']);
    expect(formatProfile(formatted)).toBe(formatted);
  });

  it('never changes which value of an option comes last', () => {
    const names = [
      'max-num-seqs',
      'max_num_seqs',
      'tp-size',
      'tensor_parallel_size',
      'enable-x',
      'no-enable-x',
      'a',
      'z',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (keys) => {
        const text = `engine_args:\n${keys.map((key, index) => `  ${key}: ${index}\n`).join('')}model_id: x\n`;
        const formatted = formatProfile(text);
        const last = (args: EngineArgs) =>
          Object.fromEntries(Object.entries(args).map(([key, value]) => [settingName(key), [key, value]]));
        expect(last(argsOf(formatted))).toEqual(last(argsOf(text)));
        expect(formatted.startsWith('model_id')).toBe(true);
        expect(formatProfile(formatted)).toBe(formatted);
      }),
    );
  });
});
