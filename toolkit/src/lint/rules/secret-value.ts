import { redactShapes, isSecretName } from 'aim-runtime/system';
import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';
import { textsInSettings, type PlacedText } from '../texts-in.ts';

/** Names and values come again in every profile. */
const harmless = new Set<string>();

export const secretValue = profileRule({
  id: 'secret-value',
  severity: 'error',
  why: 'Profiles are published in images and repositories; whoever can read them has the secret.',
  check: (_profile, { value }) => textsInSettings(value).flatMap(find),
});

/** Words of a model's vocabulary inside of an argument: `pad_token: <pad>`. */
const MARKER = /^(?:<.*>|\[.*\])$/s;

function find({ path: at, name, text }: PlacedText): Problem[] {
  const isInside = at.length > 2;
  const id = `${isInside} ${name}=${text}`;
  if (harmless.has(id)) return [];
  const byName = isSecretName(name) && text !== '' && !(isInside && MARKER.test(text));
  if (!byName && redactShapes(text) === text) {
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
