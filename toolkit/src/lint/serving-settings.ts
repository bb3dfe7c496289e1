import { readServingSettings, type ServingSettings } from 'aim-runtime/estimate';
import { findModelVram } from 'aim-runtime/gpu';
import type { Argument, ProfileView } from './profile-view.ts';

/** Names by which engines take the number of GPUs that share each layer. */
const TENSOR_NAMES = ['tensor-parallel-size', 'tp-size', 'tp'];
const known = new WeakMap<ProfileView, ServingSettings>();

/** What a profile's arguments say about sizes, with the engine's defaults for its GPUs; read once. */
export function settingsOf(profile: ProfileView): ServingSettings | undefined {
  const { engine, args, gpu = '', gpuCount = 1 } = profile;
  if (engine === undefined) return undefined;
  const before = known.get(profile);
  if (before) return before;
  const engineArgs = Object.fromEntries(args.map(({ name, value }) => [name, value]));
  const settings = readServingSettings(engine, engineArgs, { vramBytes: findModelVram(gpu) ?? 0, gpuCount });
  known.set(profile, settings);
  return settings;
}

/** The argument that gives the number of GPUs that share each layer; engines take one GPU without it. */
export function tensorArgument(profile: ProfileView): Argument | undefined {
  return TENSOR_NAMES.map((name) => profile.arg(name)).find((arg) => arg !== undefined);
}
