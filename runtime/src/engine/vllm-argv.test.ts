import { describe, expect, it } from 'vitest';
import { loadEngineTable } from './table.ts';
import { checkVllmArgv } from './vllm-argv.ts';

const table = await loadEngineTable('vllm');

describe('checkVllmArgv', () => {
  it.each([
    [['-q8'], { ok: true, set: { quantization: '8' } }],
    [['-d', '2'], { ok: false, kind: 'ambiguous-abbreviation', flag: '-d' }],
    [['model', 'surplus'], { ok: false, kind: 'unknown-flag', flag: 'surplus' }],
    [['--', '--seed'], { ok: true, set: { model_tag: '--seed' } }],
    [['--chat-template=-x'], { ok: true, set: { chat_template: '-x' } }],
    [['--chat-template', '-x'], { ok: false, kind: 'wrong-argument-count', flag: '--chat-template' }],
    [['--hf-token'], { ok: true, set: { hf_token: true } }],
    [['--help'], { ok: false, kind: 'help' }],
    [['--hf-overrides.a'], { ok: false, kind: 'wrong-argument-count' }],
    [['--compilation-config', '"x"'], { ok: false, kind: 'json-schema' }],
    [
      ['--hf-overrides.a.b', '1', '--hf-overrides.a.c+', 'x,y', '--hf-overrides.a.c+=z'],
      { ok: true, set: { hf_overrides: { a: { b: 1, c: ['x', 'y', 'z'] } } } },
    ],
    [['--hf-overrides', '{"a": 1}', '--hf-overrides.b', '2'], { ok: true, set: { hf_overrides: { b: 2 } } }],
    [['--lora-modules', 'plain'], { ok: false, kind: 'invalid-value', flag: '--lora-modules' }],
  ])('%j', (argv, expected) => {
    expect(checkVllmArgv(argv, table)).toMatchObject(expected);
  });

  it('names the nearest flag for an unknown one', () => {
    const result = checkVllmArgv(['--max-modl-len', '5'], table);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('--max-model-len') as unknown });
  });

  it('puts the arguments of a --config file before the others', () => {
    const readConfig = () => ({ seed: 3, 'enforce-eager': true, 'enable-lora': false, 'api-key': ['a', 'b'] });
    expect(checkVllmArgv(['--seed', '5', '--config', 'x.yaml'], table, readConfig)).toEqual({
      ok: true,
      set: { seed: 5, enforce_eager: true, api_key: ['a', 'b'] },
    });
    expect(checkVllmArgv(['--config', 'x.yml'], table)).toEqual({ ok: true, set: {} });
  });

  it.each([
    [['--config', 'x.json'], 'invalid-value'],
    [['--config', 'a.yaml', '--config', 'b.yaml'], 'invalid-value'],
    [['--config'], 'wrong-argument-count'],
  ])('refuses %j', (argv, kind) => {
    expect(checkVllmArgv(argv, table)).toMatchObject({ ok: false, kind });
  });

  it('does not repeat the value of a secret', () => {
    expect(JSON.stringify(checkVllmArgv(['--api-key=s3cr3t-1', '--nope=s3cr3t-2'], table))).not.toContain('s3cr3t-2');
  });
});
