import { describe, expect, it } from 'vitest';
import type { Engine } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import { parseUserArgs } from './user-args.ts';

async function refusalOf(text: string, engine: Engine = 'vllm'): Promise<AimError> {
  const thrown: unknown = await parseUserArgs(text, engine).catch((error: unknown) => error);
  if (thrown instanceof AimError) return thrown;
  throw new Error(`not refused: ${text}`);
}

describe('parseUserArgs', () => {
  it('returns valid arguments with dashes in their names', async () => {
    const text = '{"max_model_len": "32k", "enforce-eager": true, "seed": 1, "hf-overrides": {"a": [1, null]}}';
    expect(await parseUserArgs(text, 'vllm')).toEqual({
      'max-model-len': '32k',
      'enforce-eager': true,
      seed: 1,
      'hf-overrides': { a: [1, null] },
    });
    expect(await parseUserArgs(' ', 'vllm')).toEqual({});
    expect(await parseUserArgs('{"tp-size": 2, "enable-metrics": null}', 'sglang')).toEqual({
      'tp-size': 2,
      'enable-metrics': null,
    });
  });

  it('says where the JSON is broken', async () => {
    const { code, message } = await refusalOf('{"a": 1,\n "b" 2}');
    expect(code).toBe('config');
    expect(message).toBe(`AIM_ENGINE_ARGS is not JSON: expected ":" at line 2, column 6 of '{"a": 1, "b" 2}'`);
  });

  it.each([
    ['[1]', 'a list'],
    ['null', 'null'],
    ['"x"', 'a string'],
    ['5', 'a number'],
  ])('refuses %s, which is %s', async (text, kind) => {
    expect((await refusalOf(text)).message).toContain(`AIM_ENGINE_ARGS is ${kind}, but must be a JSON object`);
  });

  it('reports every problem at once, in the order and spelling of the text', async () => {
    const { message, details } = await refusalOf(
      '{"max_model_len": "x", "max-num-sqs": 1, "dtype": "BFLOAT16", "kv-transfer-config": {"kv_role": "nope"}, "gpu-memory-utilization": 1.5}',
    );
    expect(message).toBe('AIM_ENGINE_ARGS is not valid for vllm 0.11.1: 5 problems');
    expect(details).toEqual([
      expect.stringMatching(/^max_model_len: "x" is not allowed; allowed: an integer, text such as "32k"/),
      'max-num-sqs: vllm 0.11.1 has no such argument; nearest: max-num-seqs',
      expect.stringMatching(/^dtype: "BFLOAT16" is not allowed; allowed: one of auto, bfloat16,.*nearest: bfloat16$/),
      expect.stringMatching(/^kv-transfer-config\/kv_role: "nope" is not allowed; allowed: one of kv_both,/),
      expect.stringMatching(/^gpu-memory-utilization: 1.5 is not allowed; allowed: a number .*up to 1/),
    ]);
  });

  it.each([
    ['{"a_b": 1, "a-b": 2}', /a-b: is the same argument as a_b/],
    ['{"enable-prefix-caching": "true"}', /allowed: true or null/],
    ['{"no-enable-prefix-caching": false}', /allowed: one of null, true/],
    ['{"seed": null}', /seed: null is not allowed; allowed: an integer, "None"/],
    ['{"compilation-config": "{\\"mode\\": 7}"}', /mode must be one of 0, 1, 2, 3/],
    ['{"speculative-config": "{nope"}', /speculative-config: is not JSON/],
    ['{"served-model-name": 5}', /nearest: "5" in quotes/],
    ['{"seed": 12345678901234567890}', /too large/],
  ])('refuses %s', async (text, expected) => {
    const { message, details } = await refusalOf(text);
    expect([message, ...details].join('\n')).toMatch(expected);
  });

  it.each([
    ['{"api-key": {"x": "topsecret1"}}'],
    ['{"api_key": "topsecret1", }'],
    ['{"hf-token": ["topsecret1"]}'],
    ['{"hf-overrides": [{"password": "topsecret1"}]}'],
    ['["api-key", "topsecret1"]'],
  ])('keeps the secret in %s to itself', async (text) => {
    const { message, details, hint } = await refusalOf(text);
    expect([message, hint, ...details].join('\n')).not.toContain('topsecret1');
  });

  it('checks JSON text for SGLang too', async () => {
    expect((await refusalOf('{"kv-events-config": "{x"}', 'sglang')).message).toContain(
      'kv-events-config: is not JSON',
    );
  });
});
