import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildCommand, checkUserArgs, type EngineCommand } from '../engine/index.ts';
import { findCachedModel, parseModelSource, type CachedModel, type ModelSource } from '../model/index.ts';
import type { Evaluation } from '../profile/select.ts';
import type { EngineArgs } from '../profile/types.ts';
import type { CommandContext } from './context.ts';
import { prepare, requireSelected, type Preparation } from './prepare.ts';

/** Everything that is decided before an engine starts. */
export interface StartPlan {
  readonly preparation: Preparation;
  readonly selected: Evaluation;
  readonly source: ModelSource;
  readonly cached: CachedModel | undefined;
  /** Of AIM_ENGINE_ARGS, fit for the selected profile's engine. */
  readonly userArgs: EngineArgs;
  readonly command: EngineCommand;
}

const INTERPRETERS = ['python', 'python3'] as const;

/** Selects a profile, resolves its model and builds the engine's command; nothing is started or written. */
export async function planStart(context: CommandContext): Promise<StartPlan> {
  const preparation = await prepare(context, 'start');
  const { config } = preparation;
  const selected = requireSelected(preparation, context);
  const { profile } = selected;
  const modelId = profile.modelId ?? config.modelId ?? config.aimId ?? '';
  const source = parseModelSource(modelId);
  const modelName = config.customModelName;
  const cached = findCachedModel(config.cachePath, modelId, { modelName });
  const userArgs = await checkUserArgs(config.engineArgs, profile.metadata.engine);
  const parts = { preparation, selected, source, cached, userArgs };
  const command = commandOf(parts, context);
  const group = command.env['HIP_VISIBLE_DEVICES'];
  if (selected.target && hasSeveralModels(preparation) && group !== undefined) {
    context.log.info(`runs on the ${selected.target.gpu} GPUs of this host (HIP_VISIBLE_DEVICES=${group})`);
  }
  for (const note of command.notes) context.log.warn(note);
  for (const { name, from, to } of command.overrides.args) {
    context.log.info(`AIM_ENGINE_ARGS replaces ${name}`, { from, to });
  }
  for (const { name, profileValue } of command.overrides.env) {
    context.log.info(`the environment's ${name} is kept over the profile's`, { profileValue });
  }
  return { ...parts, command };
}

/** The same plan once its model is in the cache. */
export function withCachedModel(plan: StartPlan, cached: CachedModel, context: CommandContext): StartPlan {
  return { ...plan, cached, command: commandOf({ ...plan, cached }, context) };
}

function commandOf(parts: Omit<StartPlan, 'command'>, context: CommandContext): EngineCommand {
  const { preparation, selected, source, cached, userArgs } = parts;
  const { config } = preparation;
  return buildCommand({
    profile: selected.profile,
    python: findInterpreter(context.env['PATH'] ?? ''),
    modelPath: modelPathOf(source, cached),
    servedModelName: source.id,
    aimId: config.aimId,
    port: config.port,
    userArgs,
    baseEnv: context.env,
    extraEnv: { HF_HOME: config.hfHome, ...gpuEnv(selected, preparation, context.env), ...homeEnv(context.env) },
  });
}

/** True when the model has to be in the cache before the engine starts, because the engine cannot fetch it itself. */
export function mustDownload({ source, cached }: Pick<StartPlan, 'source' | 'cached'>): boolean {
  return !cached && (source.kind === 's3' || source.revision !== undefined || source.id.startsWith('hf://'));
}

/** What the engine is told to load: a folder of the cache, or the id, under which it finds or fetches the model. */
function modelPathOf(source: ModelSource, cached: CachedModel | undefined): string {
  if (cached?.layout === 'folder' || (cached && source.revision !== undefined)) return cached.path;
  return cached ? source.name : source.id;
}

/** The first Python of PATH by the name it is called with; `python3` when there is none, as its absence shows at start. */
function findInterpreter(path: string): string {
  return INTERPRETERS.find((name) => findOnPath(name, path) !== undefined) ?? 'python3';
}

/** Absolute path of an executable on PATH. */
export function findOnPath(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder === '' ? '.' : folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

/**
 * On a host with several GPU models the engine may see only the group that the profile is for. The user's own list is
 * in the order of the runtime's, so each of its entries names the GPU of the same place.
 */
function gpuEnv(selected: Evaluation, preparation: Preparation, env: CommandContext['env']): Record<string, string> {
  const { inRuntimeOrder } = preparation.hardware;
  if (!hasSeveralModels(preparation) || !selected.target) return {};
  const given = (env['HIP_VISIBLE_DEVICES'] ?? env['CUDA_VISIBLE_DEVICES'])?.split(',');
  const indexes = inRuntimeOrder.flatMap(({ model }, index) => (model === selected.target?.gpu ? [index] : []));
  return { HIP_VISIBLE_DEVICES: indexes.map((index) => given?.[index]?.trim() ?? index).join(',') };
}

function hasSeveralModels({ config, hardware }: Preparation): boolean {
  return config.gpuModel === undefined && new Set(hardware.gpus.map(({ model }) => model)).size > 1;
}

/** Engines write caches below HOME; a uid without one gets the only folder any uid can write to. */
function homeEnv(env: CommandContext['env']): Record<string, string> {
  const home = env['HOME'];
  if (home !== undefined && home !== '' && home !== '/') return {};
  return { HOME: '/tmp' };
}
