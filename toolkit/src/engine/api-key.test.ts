import type { Profile } from 'aim-runtime/profile';
import { expect, it } from 'vitest';
import { findApiKey } from './api-key.ts';

const choose = (own: object, engineArgs: object, envVars: object = {}) =>
  ({ profile: { engineArgs: own, envVars } as Profile, engineArgs }) as Parameters<typeof findApiKey>[1];

it('finds the key of an endpoint in the order in which the runtime does', () => {
  const env = { VLLM_API_KEY: 'variable' };
  expect(findApiKey(env, choose({ 'api-key': 'profile' }, { api_key: ['argument'] }))).toBe('argument');
  expect(findApiKey(env, choose({ 'api-key': 'profile' }, {}))).toBe('variable');
  expect(findApiKey({ VLLM_API_KEY: '' }, choose({ 'api-key': 'profile' }, {}))).toBe('profile');
  expect(findApiKey({}, choose({}, {}, env))).toBe('variable');
  expect(findApiKey({}, choose({}, { 'max-num-seqs': 4 }))).toBeUndefined();
});
