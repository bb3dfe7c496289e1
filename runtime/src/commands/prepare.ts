import { loadConfig, type ConfigNeed, type RuntimeConfig } from '../config.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { detectHardware, groupByModel, type Hardware } from '../gpu/index.ts';
import { findCachedModel, preferCached } from '../model/index.ts';
import { explainFailure } from '../profile/explain.ts';
import { describeProblem, loadProfiles, type ProfileSet } from '../profile/load.ts';
import { selectProfile, type Evaluation, type GpuTarget, type Selection } from '../profile/select.ts';
import type { Profile } from '../profile/types.ts';
import { AimError } from '../system/errors.ts';
import type { Log } from '../system/log.ts';
import { nearest } from '../system/nearest.ts';
import type { CommandContext } from './context.ts';

/** The road that serve, dry-run, list-profiles and download-to-cache share. */
export interface Preparation {
  readonly config: RuntimeConfig;
  readonly hardware: Hardware;
  readonly targets: readonly GpuTarget[];
  readonly set: ProfileSet;
  readonly selection: Selection;
}

/** Reads the configuration, looks at the GPUs, reads the profiles and holds them against the request. */
export async function prepare(context: CommandContext, need: Exclude<ConfigNeed, 'nothing'>): Promise<Preparation> {
  const { env, log } = context;
  const config = await loadConfig(env, need);
  for (const warning of config.warnings) log.warn(warning);
  log.debug('configuration', { ...config, engineArgs: Object.keys(config.engineArgs) });
  const hardware = detectHardware({
    sysfsRoot: config.sysfsRoot,
    devRoot: config.devRoot,
    env,
    exec: context.exec,
    log,
  });
  for (const warning of hardware.warnings) log.warn(warning);
  const targets = computeTargets(config, hardware);
  if (config.gpuModel !== undefined && config.gpuCount === 'auto' && hardware.gpus.length === 0) {
    log.warn(
      `AIM_GPU_MODEL=${config.gpuModel} without a visible GPU: counting 1; set AIM_GPU_COUNT for another number`,
    );
  }
  const most = Math.max(0, ...targets.map(({ count }) => count));
  if (hardware.gpus.length > 0 && config.gpuCount !== 'auto' && config.gpuCount > most) {
    const found = describeTargets(targets);
    log.warn(`AIM_GPU_COUNT=${config.gpuCount} asks for more GPUs than there are (${found}): the engine may not start`);
  }
  log.info('GPUs', {
    source: hardware.source,
    targets: describeTargets(targets) || 'none',
  });
  const set = loadProfiles({ root: config.profilePath, model: config.aimId ?? config.modelId });
  for (const warning of set.warnings) log.warn(warning);
  for (const file of set.invalid)
    log.warn(file.problems.map((problem) => describeProblem(file.path, problem)).join('; '));
  const selection = selectCached(selectProfile(set.profiles, config, targets), config, log);
  for (const { profile, state, reasons } of selection.evaluations)
    log.debug(`profile ${profile.id}: ${state}`, { reasons });
  return { config, hardware, targets, set, selection };
}

function describeTargets(targets: readonly GpuTarget[]): string {
  return targets.map(({ gpu, count }) => `${count} x ${gpu}`).join(', ');
}

/** Among profiles of equal rank the one whose weights are in the cache. */
function selectCached(selection: Selection, config: RuntimeConfig, log: Log): Selection {
  const { cachePath, customModelName: modelName } = config;
  const isCached = ({ modelId }: Profile) =>
    findCachedModel(cachePath, modelId ?? config.modelId ?? config.aimId ?? '', { modelName }) !== undefined;
  const preferred = preferCached(selection, config, isCached);
  if (preferred !== selection && preferred.selected !== selection.selected) {
    const [taken, other] = [preferred.selected?.profile, selection.selected?.profile];
    log.info(
      `profile ${taken?.id ?? ''} is preferred to ${other?.id ?? ''}, which ranks the same: its weights are cached`,
    );
  }
  return preferred;
}

/** The groups of equal GPUs a profile may run on. AIM_GPU_MODEL replaces what was detected but not how many. */
export function computeTargets(config: Pick<RuntimeConfig, 'gpuModel'>, hardware: Hardware): GpuTarget[] {
  if (config.gpuModel !== undefined) return [{ gpu: config.gpuModel, count: Math.max(1, hardware.gpus.length) }];
  return [...groupByModel(hardware)].map(([gpu, count]) => ({ gpu, count }));
}

/** The profile to run, or an AimError that says why there is none and what would change that. */
export function requireSelected(preparation: Preparation, context: CommandContext): Evaluation {
  const { config, selection } = preparation;
  const { selected } = selection;
  if (!selected)
    throw config.profileId === undefined ? nothingFits(preparation) : unknownId(preparation, config.profileId);
  const { profile, reasons } = selected;
  for (const { code, expected, actual } of reasons) {
    context.log.warn(`profile ${profile.id} was asked for although it does not fit: ${code}`, { expected, actual });
  }
  context.log.info(`selected profile ${profile.id}`, { path: profile.path, type: profile.metadata.type });
  if (profile.layer === 'general')
    context.log.warn('a general profile was selected: nothing in it is tuned for this model');
  return selected;
}

function nothingFits({ config, hardware, targets, selection }: Preparation): AimError<RuntimeErrorCode> {
  const details = explainFailure(selection.evaluations, config);
  if (targets.length > 0) {
    return new AimError('no-profile', {
      message: `no profile fits ${config.aimId ?? config.modelId ?? 'this model'} (${describeRequest(config, targets)})`,
      details,
      hint: 'aim-runtime list-profiles --verbose shows every profile with all its failed checks.',
    });
  }
  const seen = hardware.gpus.map(({ deviceId }) => deviceId ?? '?').join(', ');
  const message = seen === '' ? 'no usable GPU was found' : `no GPU of a known model was found (device ids: ${seen})`;
  return new AimError('hardware', {
    message,
    details: [...hardware.warnings, ...details],
    hint: 'Pass the GPUs to the container (--device=/dev/kfd --device=/dev/dri), or set AIM_GPU_MODEL and AIM_GPU_COUNT.',
  });
}

function describeRequest(config: RuntimeConfig, targets: readonly GpuTarget[]): string {
  const hardware = targets
    .map(({ gpu, count }) => `${gpu} x ${config.gpuCount === 'auto' ? count : config.gpuCount}`)
    .join(', ');
  return `${hardware}, engine ${config.engine}, metric ${config.metric}, precision ${config.precision}`;
}

function unknownId({ set, selection }: Preparation, id: string): AimError<RuntimeErrorCode> {
  const invalid = set.invalid.find((file) => file.id === id || file.id.endsWith(`/${id.split('/').at(-1) ?? id}`));
  if (invalid) {
    return new AimError('config', {
      message: `the profile ${id} asked for by AIM_PROFILE_ID is not valid`,
      details: invalid.problems.map((problem) => describeProblem(invalid.path, problem)),
    });
  }
  const ids = selection.evaluations.map(({ profile }) => profile.id);
  return new AimError('no-profile', {
    message: `AIM_PROFILE_ID=${id} names no profile`,
    details:
      ids.length === 0
        ? ['No valid profile lies in the searched folders.']
        : ['There are:', ...ids.slice(0, 20).map((each) => `  ${each}`)],
    hint: closest(id, ids),
  });
}

/** A profile whose id ends like the wanted one is meant before one that is spelled alike. */
function closest(id: string, ids: readonly string[]): string {
  const lastOf = (each: string) => each.split('/').at(-1);
  const meant = ids.find((each) => lastOf(each) === lastOf(id)) ?? nearest(id, ids);
  return meant === undefined ? 'aim-runtime list-profiles shows all ids.' : `Did you mean ${meant}?`;
}
