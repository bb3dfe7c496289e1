import { readServingSettings, type ServingSettings } from 'aim-runtime/estimate';
import { findModelVram } from 'aim-runtime/gpu';
import type { EngineArgs } from 'aim-runtime/profile';
import type { Argument, ProfileView } from './profile-view.ts';

const known = new WeakMap<ProfileView, ServingSettings>();

/** What a profile's arguments say about sizes, with the engine's defaults for its GPUs; read once. */
export function settingsOf(profile: ProfileView): ServingSettings | undefined {
  const { engine, gpu = '', gpuCount = 1 } = profile;
  if (engine === undefined) return undefined;
  const before = known.get(profile);
  if (before) return before;
  const settings = readServingSettings(engine, namedArguments(profile), {
    vramBytes: findModelVram(gpu) ?? 0,
    gpuCount,
  });
  known.set(profile, settings);
  return settings;
}

/** The values of a profile's arguments by the one name that each has; of several names for one the last counts. */
export function namedArguments({ args }: ProfileView): EngineArgs {
  return Object.fromEntries(args.map(({ option, value }) => [option, value]));
}

/** The argument that counts under any of its names: of several the last one. */
export function lastArgument({ args }: ProfileView, wanted: string): Argument | undefined {
  return args.findLast(({ option }) => option === wanted);
}

/** The argument that gives the number of GPUs that share each layer; engines take one GPU without it. */
export function tensorArgument(profile: ProfileView): Argument | undefined {
  return lastArgument(profile, 'tensor-parallel-size');
}
