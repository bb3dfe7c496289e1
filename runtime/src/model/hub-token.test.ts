import { describe, expect, it } from 'vitest';
import { readHubToken } from './hub-token.ts';

describe('readHubToken', () => {
  it.each([
    [{}, undefined],
    [{ HF_TOKEN: '' }, undefined],
    [{ HF_TOKEN: ' \n' }, undefined],
    [{ HF_TOKEN: 'hf_abcdefgh' }, 'hf_abcdefgh'],
    [{ HF_TOKEN: ' hf_abcdefgh\r\n' }, 'hf_abcdefgh'],
    [{ HF_TOKEN: '\n', HUGGING_FACE_HUB_TOKEN: 'hf_other' }, 'hf_other'],
    [{ HF_TOKEN: 'hf_abcdefgh', HUGGING_FACE_HUB_TOKEN: 'hf_other' }, 'hf_abcdefgh'],
  ])('%j', (env, expected) => {
    expect(readHubToken(env)).toBe(expected);
  });

  it.each(['hf_ab\ncd', 'hf_ab cd', 'hf_ab\0cd', 'hf_äbcd'])('refuses %j without showing it', (token) => {
    expect(() => readHubToken({ HF_TOKEN: token })).toThrow(
      expect.objectContaining({ code: 'config', message: expect.not.stringContaining('hf_') as string }) as Error,
    );
  });
});
