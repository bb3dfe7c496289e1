import { failure } from '../exit-codes.ts';

/** Reads `--env NAME=VALUE`. @throws AimError usage */
export function parseVariable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw failure('usage', {
    message: `--env takes NAME=VALUE, not "${text}"`,
    hint: 'For example --env VLLM_USE_V1=1.',
  });
}
