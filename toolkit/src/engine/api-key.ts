import { canonicalName } from 'aim-runtime/engine';
import type { EngineArgs } from 'aim-runtime/profile';
import type { Choice } from './choices.ts';

const VARIABLE = 'VLLM_API_KEY';
const ARGUMENT = 'api-key';

/**
 * The key that an endpoint wants, in the order in which the runtime looks for it: the user's argument, the user's
 * variable, then what the profile says; undefined for none.
 */
export function findApiKey(
  userEnv: Readonly<Record<string, string>>,
  { profile, engineArgs }: Pick<Choice, 'profile' | 'engineArgs'>,
): string | undefined {
  const places = [keyIn(engineArgs), userEnv[VARIABLE], keyIn(profile.engineArgs), profile.envVars[VARIABLE]];
  return places.find((key) => key !== undefined && key !== '');
}

function keyIn(args: EngineArgs): string | undefined {
  const value = Object.entries(args).find(([name]) => canonicalName(name) === ARGUMENT)?.[1];
  const key: unknown = Array.isArray(value) ? value[0] : value;
  return typeof key === 'string' ? key : undefined;
}
