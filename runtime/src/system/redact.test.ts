import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, isSecretName, redactRecord, redactValue } from './redact.ts';

describe('isSecretName', () => {
  it.each([
    'HF_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'DB_PASSWORD',
    'api-key',
    'Authorization',
    'SSH_PRIVATE_KEY',
    'hf_token',
  ])('%s names a secret', (name) => expect(isSecretName(name)).toBe(true));
  it.each([
    'PATH',
    'max-num-batched-tokens',
    'tokenizer',
    'tokenizer-mode',
    'long-prefill-token-threshold',
    'eos_token_id',
    'image_token',
    'KEYBOARD',
    'AIM_ID',
  ])('%s does not', (name) => expect(isSecretName(name)).toBe(false));
});

describe('createRedactor', () => {
  const redact = createRedactor({ HF_TOKEN: 'hunter2hunter2\n', AIM_ID: 'org/model', SHORT_TOKEN: 'abc' });

  it.each([
    ['a secret of the environment', 'got hunter2hunter2!', 'got [redacted]!'],
    ['credentials in a URL', 's3 at https://user:pa55@host/x', 's3 at https://[redacted]@host/x'],
    ['a signature in a query', 'GET /f?a=1&X-Amz-Signature=deadbeef&b=2', 'GET /f?a=1&X-Amz-Signature=[redacted]&b=2'],
    ['an Authorization header', '{"Authorization": "Bearer abc.def"}', '{"Authorization": "Bearer [redacted]"}'],
    ['a token by its shape', 'token hf_abcdefghijklmnop', 'token [redacted]'],
  ])('hides %s', (_, text, clean) => expect(redact(text)).toBe(clean));

  it('leaves ordinary text alone, and values too short to be told from it', () => {
    expect(redact('org/model abc s3://bucket/key http://host:8000/v1')).toBe(
      'org/model abc s3://bucket/key http://host:8000/v1',
    );
  });

  it('never lets a secret of the environment through', () => {
    const name = fc.constantFrom('HF_TOKEN', 'MY_SECRET', 'X_PASSWORD', 'AWS_ACCESS_KEY_ID', 'OPENAI_API_KEY');
    const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{6,40}$/);
    fc.assert(
      fc.property(name, secret, fc.string(), fc.string(), (key, value, before, after) => {
        fc.pre(!'[redacted]'.includes(value) && !before.includes(value) && !after.includes(value));
        expect(createRedactor({ [key]: value })(`${before} ${value} ${after}`)).not.toContain(value);
      }),
    );
  });
});

it('redactRecord hides values by name', () => {
  expect(redactRecord({ HF_TOKEN: 'x', A: 'b' })).toEqual({ HF_TOKEN: '[redacted]', A: 'b' });
});

it('hides secrets of a document at any depth, and nothing else', () => {
  const document = { a: [{ password: 'x', port: 1 }], 'api-key': ['k1', 'k2'], hf_token: null, other: 'y' };
  expect(redactValue(document)).toEqual({
    a: [{ password: '[redacted]', port: 1 }],
    'api-key': ['[redacted]', '[redacted]'],
    hf_token: null,
    other: 'y',
  });
});
