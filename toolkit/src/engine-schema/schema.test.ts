import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParserFacts, ParserOption, ReaderAnswer } from './parser-facts.ts';
import { parseParserFacts } from './parser-facts.ts';
import { findBrokenProfiles, compareWithKnown } from './breakage.ts';
import { toEngineSchema } from './schema.ts';
import { findArgErrors } from './validate.ts';
import { findValueKind } from './value-kind.ts';
import { parseProfile } from '../profiles/find.ts';

const SAMPLES = ['7', '1.5', '32k', '{"a": 1}', '[1]', 'None', 'word'];
const answers = (types: Record<string, string>): Record<string, ReaderAnswer> =>
  Object.fromEntries(Object.entries(types).map(([sample, type]) => [sample, { type, same: type === 'str' }]));
const TEXT = answers(Object.fromEntries(SAMPLES.map((sample) => [sample, 'str'])));
const INT = answers({ 7: 'int' });
const HUMAN = answers({ 7: 'int', '32k': 'int' });
const FLOAT = answers({ 7: 'float', 1.5: 'float' });
const JSON_OBJECT = answers({ '{"a": 1}': 'dict' });

function option(flags: string[], more: Partial<ParserOption> = {}): ParserOption {
  return {
    flags,
    dest: 'x',
    action: '_StoreAction',
    nargs: null,
    const: null,
    default: null,
    choices: null,
    answers: TEXT,
    help: null,
    deprecated: false,
    group: null,
    ...more,
  };
}
const SWITCH = { nargs: 0, answers: null } as const;

const FACTS: ParserFacts = {
  engine: 'vllm',
  version: '1.2.3',
  module: 'vllm.entrypoints.openai.api_server',
  options: [
    option(['--max-model-len'], { answers: HUMAN, help: 'Longest context. And more.' }),
    option(['-tp', '--tensor-parallel-size', '--tp-size'], { answers: INT, default: 1 }),
    option(['--gpu-memory-utilization'], { answers: FLOAT, default: 0.9 }),
    option(['--async-scheduling', '--no-async-scheduling'], { ...SWITCH, action: 'BooleanOptionalAction' }),
    option(['--enforce_eager'], { ...SWITCH, action: '_StoreTrueAction', default: false }),
    option(['--no-frills'], { ...SWITCH, action: '_StoreTrueAction' }),
    option(['--dtype'], { choices: ['auto', 'float16'] }),
    option(['--kv-cache-dtype'], { choices: ['fp8', null], answers: { ...TEXT, ...answers({ None: 'NoneType' }) } }),
    option(['--compilation-config'], { answers: JSON_OBJECT }),
    option(['--api-key'], { nargs: '+' }),
    option(['--sizes'], { nargs: '+', answers: INT }),
    option(['--hf-token'], { nargs: '?', const: true }),
    option(['--labels'], { nargs: '*' }),
    option(['--traces'], { nargs: '+', choices: ['all', 'model'] }),
    option(['--modes'], { nargs: '*', choices: ['all', 'model'] }),
    option(['--level'], { nargs: '?', choices: [1, 2], answers: INT, const: 1 }),
    option(['--old'], { help: 'Deprecated: use --dtype.' }),
  ],
};
const schema = toEngineSchema(FACTS);

describe('the schema of a parser', () => {
  it('has one property per flag, with its aliases and negations', () => {
    expect(schema.properties).toMatchObject({
      'tensor-parallel-size': { type: 'integer', default: 1, 'x-cli': { aliases: ['-tp', '--tp-size'] } },
      'tp-size': { $ref: '#/properties/tensor-parallel-size', 'x-cli': { aliasOf: 'tensor-parallel-size' } },
      'async-scheduling': { type: ['boolean', 'null'], 'x-cli': { negation: '--no-async-scheduling' } },
      'no-async-scheduling': { enum: [null, true], 'x-cli': { negates: 'async-scheduling' } },
      'no-frills': { type: ['boolean', 'null'], 'x-cli': { storeTrue: true } },
      'enforce-eager': { 'x-cli': { flag: '--enforce_eager' } },
      'max-model-len': { description: 'Longest context.', 'x-cli': { humanInt: true } },
      'kv-cache-dtype': { enum: ['fp8', 'None'] },
      old: { deprecated: true },
    });
    expect(schema).toMatchObject({ $id: 'vllm-1.2.3.schema.json', 'x-engine': { name: 'vllm', version: '1.2.3' } });
  });

  it('is valid, and is read here as Ajv reads it', () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, allErrors: true });
    for (const keyword of ['x-cli', 'x-engine']) ajv.addKeyword(keyword);
    const validate = ajv.compile(schema);
    const names = fc.constantFrom(...Object.keys(schema.properties), 'unknown', 'compilation-config.mode.x', 'dtype.x');
    const value = fc.oneof(
      fc.constantFrom(...['32k', '8', 'None', 'fp8', 'float16', '{"a": 1}', '[1]', 'word', '', 'auto']),
      fc.constantFrom(null, true, false, 0, 1, 1.5, -3, 1e300),
      fc.constantFrom<unknown>({}, { a: 1 }, [], ['a'], ['all'], [1, 'None'], [null], [[1]]),
    );
    fc.assert(
      fc.property(fc.dictionary(names, value, { maxKeys: 4 }), (args) => {
        const plain = { ...args };
        expect({ args, ok: findArgErrors(schema, plain).length === 0 }).toEqual({ args, ok: validate(plain) });
      }),
      { numRuns: 2000 },
    );
  });

  it('says what came and went since the known version', async () => {
    const { added, removed, against } = await compareWithKnown(schema);
    expect(against).toBe('0.11.1');
    expect(added).toEqual(['labels', 'level', 'modes', 'no-frills', 'old', 'sizes', 'tp-size', 'traces']);
    expect(removed).toContain('swap-space');
  });

  it('shows which profiles break, and why', () => {
    const profile = (engine: string, args: string) =>
      parseProfile(
        `/p/${engine}-${args.length}.yaml`,
        `metadata:\n  engine: ${engine}\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 1\n  metric: latency\n  manual_selection_only: false\n  type: unoptimized\nengine_args:\n${args}`,
      );
    const broken = findBrokenProfiles(schema, [
      profile(
        'vllm',
        '  dtype: float16\n  async_scheduling:\n  max-model-len: 32768\n  compilation-config: { mode: 3 }\n',
      ),
      profile('vllm', '  dtype: bfloat16\n  swap-space: 4\n  gpu-memory-utilisation: 0.9\n'),
      profile('sglang', '  anything: 1\n'),
    ]);
    expect(broken).toHaveLength(1);
    expect(broken[0]?.problems).toMatchObject([
      { path: 'dtype', allowed: expect.stringContaining('float16') as string },
      { path: 'swap-space', message: 'vllm 1.2.3 has no such argument' },
      { path: 'gpu-memory-utilisation', suggestion: 'gpu-memory-utilization' },
    ]);
  });
});

describe('the kind of a value', () => {
  const kindOf = (types: Record<string, string>) => findValueKind({ answers: answers(types), nargs: null });

  it.each([
    ['a class of settings, which refuses unknown keys', { '{}': 'CompilationConfig' }, 'object'],
    ['any JSON', { '{}': 'dict', '{"a": 1}': 'dict', '[1]': 'list', 7: 'int', 1.5: 'float', None: 'NoneType' }, 'json'],
    ['a list', { '[1]': 'list' }, 'json-list'],
    [
      'text or an object',
      { ...Object.fromEntries(SAMPLES.map((sample) => [sample, 'str'])), '{"a": 1}': 'dict' },
      'str|object',
    ],
    ['a number', { 7: 'float', 1.5: 'float' }, 'float'],
    ['what no sample is', {}, 'str|object'],
  ])('is found for %s', (_what, types, expected) => {
    expect(kindOf(types as Record<string, string>).type).toBe(expected);
  });
});

describe('what the program in the image prints', () => {
  const line = `AIM-ENGINE-ARGUMENTS ${JSON.stringify(FACTS)}`;

  it('is found among what the engine says', () => {
    expect(parseParserFacts(['INFO starting', line, 'WARNING later'])).toEqual(FACTS);
  });

  it.each([
    ['nothing', []],
    ['a traceback', ['Traceback', 'ModuleNotFoundError: No module named vllm']],
    ['a line that was cut off', [line.slice(0, 200)]],
    ['something else', ['AIM-ENGINE-ARGUMENTS {"engine": "other"}']],
  ])('is an error with the end of the log when it is %s', (_what, lines) => {
    expect(() => parseParserFacts(lines)).toThrow(
      expect.objectContaining({ code: 'environment', details: lines }) as Error,
    );
  });
});
