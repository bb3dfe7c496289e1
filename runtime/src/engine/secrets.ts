import type { ArgValue, Engine, EngineArgs } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import { redactShapes, isSecretName } from '../system/redact.ts';
import { ENGINE_TRAITS } from './engines.ts';
import { canonicalName } from './names.ts';
import { isList, isMapping } from './values.ts';

/** Arguments without secrets, and the variables that carry the secrets instead. */
export interface SecretSplit {
  readonly args: EngineArgs;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Moves secrets out of the arguments, because every user of a host can read a command line.
 * Throws AimError('config') for a secret that the engine takes on its command line only, also one within an object.
 */
export function splitSecrets(engine: Engine, args: EngineArgs): SecretSplit {
  const { secrets } = ENGINE_TRAITS[engine];
  const env: Record<string, string> = {};
  const rest: [string, ArgValue][] = [];
  for (const [key, value] of Object.entries(args)) {
    const name = canonicalName(key);
    const isBare = value === null || typeof value === 'boolean' || value === 'None';
    if (!Object.hasOwn(secrets, name) || isBare) {
      const hidden = isBare ? undefined : findHiddenSecret(value, name);
      if (hidden !== undefined) throw cannotShow(engine, name, hidden);
      rest.push([key, value]);
      continue;
    }
    const words = isList(value) ? value : [value];
    const variable = secrets[name];
    const [word] = words;
    if (variable === undefined || words.length !== 1 || typeof word !== 'string')
      throw cannotHide(engine, name, variable);
    env[variable] = word;
  }
  return { args: Object.fromEntries(rest), env };
}

/** What a value would show on the command line that nobody may read: where it is, or what it looks like. */
function findHiddenSecret(value: ArgValue, name: string): string | undefined {
  if (typeof value === 'string') {
    if (isSecretName(name) && value !== '') return name;
    return redactShapes(value) === value ? undefined : 'credentials';
  }
  if (isList(value)) return firstDefined(value.map((item) => findHiddenSecret(item, name)));
  if (!isMapping(value)) return undefined;
  return firstDefined(Object.entries(value).map(([key, inner]) => findHiddenSecret(inner, key)));
}

function firstDefined(found: readonly (string | undefined)[]): string | undefined {
  return found.find((each) => each !== undefined);
}

function cannotShow(engine: Engine, name: string, secret: string): AimError {
  return new AimError('config', {
    message: `engine argument ${name} of ${engine} holds a secret (${secret}) that would be readable on the command line`,
    hint: 'Leave it out there and give it in the variable or the file from which the engine reads it as well.',
  });
}

function cannotHide(engine: Engine, name: string, variable: string | undefined): AimError {
  return new AimError('config', {
    message: `engine argument ${name} of ${engine} holds a secret that would be readable on the command line`,
    hint:
      variable === undefined
        ? `Leave ${name} out and check keys in a proxy in front of the server.`
        : `Give one value only; it is handed over in ${variable}.`,
  });
}
