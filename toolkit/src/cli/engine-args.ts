import { parseUserArgs } from 'aim-runtime/engine';
import type { Engine, EngineArgs } from 'aim-runtime/profile';
import { AimError } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** Checks `--engine-args`; the runtime knows them by the name of its variable. @throws AimError usage */
export async function parseEngineArgs(text: string | undefined, backend: Engine): Promise<EngineArgs> {
  if (text === undefined) return {};
  try {
    return await parseUserArgs(text, backend);
  } catch (error) {
    if (!(error instanceof AimError)) throw error;
    const say = (words: string) => words.replaceAll('AIM_ENGINE_ARGS', '--engine-args');
    const { message, hint, details } = error;
    const parts = { message: say(message), details: details.map(say), cause: error };
    throw failure('usage', hint === undefined ? parts : { ...parts, hint: say(hint) });
  }
}
