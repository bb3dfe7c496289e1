import { createRedactor, isSecretName } from 'aim-runtime/system';
import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';

const redact = createRedactor({});
/** Names and values come again in every profile. */
const harmless = new Set<string>();

export const secretValue = profileRule({
  id: 'secret-value',
  severity: 'error',
  why: 'Profiles are published in images and repositories; whoever can read them has the secret.',
  check: ({ args, env }) => [
    ...Object.entries(env).flatMap(([name, value]) => find(['env_vars', name], name, value)),
    ...args.flatMap(({ key, name, value }) =>
      typeof value === 'string' ? find(['engine_args', key], name, value) : [],
    ),
  ],
});

function find(at: readonly string[], name: string, value: string): Problem[] {
  const id = `${name}=${value}`;
  if (harmless.has(id)) return [];
  const byName = isSecretName(name) && value !== '';
  if (!byName && redact(value) === value) {
    harmless.add(id);
    return [];
  }
  return [
    {
      message: `${name} holds ${byName ? 'a secret' : 'a text that looks like a token or password'}`,
      at,
      part: 'value',
      suggestion:
        'Remove it, make the secret invalid where it was issued, and pass a new one when the container is started.',
    },
  ];
}
