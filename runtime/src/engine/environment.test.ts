import { expect, it } from 'vitest';
import { mergeEnv } from './environment.ts';

it("lets the user's variables win and reports them without secrets", () => {
  const { env, overrides } = mergeEnv(
    { A: '1', B: '2', SAME: 's', EMPTY: 'p', HF_TOKEN: 'hf_profile' },
    { B: 'mine', SAME: 's', EMPTY: '', HF_TOKEN: 'hf_mine', OTHER: 'x' },
  );
  expect(env).toEqual({ A: '1', SAME: 's', EMPTY: 'p' });
  expect(overrides).toEqual([
    { name: 'B', profileValue: '2' },
    { name: 'HF_TOKEN', profileValue: '[redacted]' },
  ]);
});
