import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';

const VARIABLES = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'] as const;
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The token for the hub without white space around it, as a secret read from a file ends with a line break. Undefined
 * when there is none; AimError `config` for one that no header can carry.
 */
export function readHubToken(env: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const name of VARIABLES) {
    const token = env[name]?.trim() ?? '';
    if (TOKEN.test(token)) return token;
    if (token !== '') throw unusable(name);
  }
  return undefined;
}

function unusable(name: string): AimError<RuntimeErrorCode> {
  return new AimError('config', {
    message: `${name} is no token: there is white space, a control character or a letter beyond ASCII in it`,
    hint: 'Copy the token anew from https://huggingface.co/settings/tokens.',
  });
}
