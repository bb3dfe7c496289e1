import { failure } from '../exit-codes.ts';

/** Reads `--env NAME=VALUE`. @throws AimError usage, with the name alone: the value may be a secret */
export function parseVariable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  const end = text.indexOf('=');
  throw failure('usage', {
    message:
      end > 0
        ? `--env takes NAME=VALUE, and "${text.slice(0, end)}" is no name of an environment variable`
        : '--env takes NAME=VALUE, and one that was given has no name or no "="',
    hint: 'For example --env VLLM_USE_V1=1: letters, digits and underscores before the "=".',
  });
}
