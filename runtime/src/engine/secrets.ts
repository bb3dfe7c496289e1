import type { ArgValue, Engine, EngineArgs } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import { ENGINE_TRAITS } from './engines.ts';
import { canonicalName } from './names.ts';
import { isList } from './values.ts';

/** Arguments without secrets, and the variables that carry the secrets instead. */
export interface SecretSplit {
  readonly args: EngineArgs;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Moves secrets out of the arguments, because every user of a host can read a command line.
 * Throws AimError('config') for a secret that the engine takes on its command line only.
 */
export function splitSecrets(engine: Engine, args: EngineArgs): SecretSplit {
  const { secrets } = ENGINE_TRAITS[engine];
  const env: Record<string, string> = {};
  const rest: [string, ArgValue][] = [];
  for (const [key, value] of Object.entries(args)) {
    const name = canonicalName(key);
    const isBare = value === null || typeof value === 'boolean' || value === 'None';
    if (!Object.hasOwn(secrets, name) || isBare) {
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

function cannotHide(engine: Engine, name: string, variable: string | undefined): AimError {
  return new AimError('config', {
    message: `engine argument ${name} of ${engine} holds a secret that would be readable on the command line`,
    hint:
      variable === undefined
        ? `Leave ${name} out and check keys in a proxy in front of the server.`
        : `Give one value only; it is handed over in ${variable}.`,
  });
}
