import { either, flag, integer, oneOf, text, type ValueParser } from './config-values.ts';
import type { RuntimeErrorCode } from './exit-codes.ts';
import { GPU_MODELS } from './gpu/index.ts';
import { checkUserArgs, readUserArgs } from './engine/index.ts';
import {
  ENGINES,
  METRICS,
  PRECISIONS,
  type EngineArgs,
  type Engine,
  type Metric,
  type Precision,
} from './profile/types.ts';
import { AimError } from './system/errors.ts';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './system/log.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** How the process talks; read first, so that a faulty configuration is reported the way the user asked for. */
export interface LogConfig {
  readonly level: LogLevel;
  /** Level for everything that is not ours. */
  readonly rootLevel: LogLevel;
  readonly format: LogFormat;
}

/** The environment of one start, read and checked. */
export interface RuntimeConfig {
  readonly aimId: string | undefined;
  readonly modelId: string | undefined;
  readonly precision: Precision | 'auto';
  readonly gpuCount: number | 'auto';
  readonly gpuModel: string | undefined;
  readonly engine: Engine;
  readonly metric: Metric;
  readonly profileId: string | undefined;
  /** Folder of the model below the cache instead of the one that its identifier gives. */
  readonly customModelName: string | undefined;
  readonly allowGeneral: boolean;
  readonly cachePath: string;
  /** Where the engine's hub client keeps its files. */
  readonly hfHome: string;
  readonly port: number;
  /** The user's, of AIM_ENGINE_ARGS; not held against an engine yet where {@link profileId} decides which it is. */
  readonly engineArgs: EngineArgs;
  readonly profilePath: string;
  readonly sysfsRoot: string;
  readonly devRoot: string;
  /** Oddities that do not stop a start. */
  readonly warnings: readonly string[];
}

const INSTALL_ROOT = '/workspace/aim-runtime';
const DEFAULT_CACHE = '/workspace/model-cache';

/** Variables with another name; the first one is the name we print. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  AIM_GPU_MODEL: ['AIM_ACCELERATOR_MODEL'],
  AIM_GPU_COUNT: ['AIM_ACCELERATOR_COUNT'],
  AIM_PROFILE_ID: ['PROFILE_ID'],
};

/** How a start with `serve --supervise` behaves. */
export interface SuperviseConfig {
  /** AIM_SUPERVISE: the same as the flag. */
  readonly enabled: boolean;
  /** Port of health, status and metrics. */
  readonly port: number;
  /** Longest time that running requests get before the engine is stopped. */
  readonly drainSeconds: number;
}

/** Collects values and everything that is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  /** The variable's value, or its synonym's; an empty string counts as unset. */
  raw(name: string): { name: string; value: string } | undefined {
    const given = [name, ...(SYNONYMS[name] ?? [])].flatMap((each) => {
      const value = this.#env[each];
      return value === undefined || value === '' ? [] : [{ name: each, value }];
    });
    const [first, second] = given;
    if (first && second && first.value !== second.value) {
      this.warnings.push(`${second.name}=${second.value} is ignored: ${first.name}=${first.value} is set`);
    }
    return first;
  }

  read<T, D>(name: string, parser: ValueParser<T>, fallback: D): T | D {
    const given = this.raw(name);
    if (!given) return fallback;
    const parsed = parser(given.value, given.name);
    if ('value' in parsed) return parsed.value;
    this.problems.push(parsed.problem);
    return fallback;
  }
}

/** Reads the logging variables; values outside their sets fall back here and are reported by {@link loadConfig}. */
export function readLogConfig(env: Env): LogConfig {
  return logConfigOf(new Reader(env));
}

function logConfigOf(reader: Reader): LogConfig {
  const debug = reader.read('AIM_DEBUG', flag, false);
  const level = reader.read('AIM_LOG_LEVEL', oneOf(LOG_LEVELS), 'INFO');
  return {
    level: debug ? 'DEBUG' : level,
    rootLevel: reader.read('AIM_LOG_LEVEL_ROOT', oneOf(LOG_LEVELS), 'WARNING'),
    format: reader.read('AIM_LOG_FORMAT', oneOf(['text', 'json']), 'text'),
  };
}

/** Reads the variables of supervision; values outside their sets fall back here and are reported by {@link loadConfig}. */
export function readSuperviseConfig(env: Env): SuperviseConfig {
  return superviseConfigOf(new Reader(env));
}

function superviseConfigOf(reader: Reader): SuperviseConfig {
  return {
    enabled: reader.read('AIM_SUPERVISE', flag, false),
    port: reader.read('AIM_SUPERVISE_PORT', integer({ min: 1, max: 65_535 }), 8001),
    drainSeconds: reader.read('AIM_DRAIN_SECONDS', integer({ min: 0, max: 86_400 }), 30),
  };
}

/**
 * What a command needs of the environment besides its settings: nothing more, a `model` (exactly one of AIM_ID and
 * AIM_MODEL_ID), or everything a `start` takes, which adds AIM_ENGINE_ARGS.
 */
export type ConfigNeed = 'nothing' | 'model' | 'start';

/** Reads the environment. Every problem of it is reported in one AimError `config`. */
export async function loadConfig(env: Env, need: ConfigNeed): Promise<RuntimeConfig> {
  const reader = new Reader(env);
  logConfigOf(reader);
  superviseConfigOf(reader);
  const cachePath = reader.read('AIM_CACHE_PATH', text, DEFAULT_CACHE);
  const engine = reader.read('AIM_ENGINE', oneOf(ENGINES, { auto: 'vllm' }), 'vllm' as const);
  const config = {
    aimId: reader.raw('AIM_ID')?.value,
    modelId: reader.raw('AIM_MODEL_ID')?.value,
    precision: reader.read('AIM_PRECISION', oneOf(['auto', ...PRECISIONS]), 'auto' as const),
    gpuCount: reader.read('AIM_GPU_COUNT', either('auto', integer({ min: 0, max: 8 })), 'auto' as const),
    gpuModel: reader.read('AIM_GPU_MODEL', oneOf(GPU_MODELS), undefined),
    engine,
    metric: reader.read('AIM_METRIC', oneOf(METRICS, { auto: 'latency' }), 'latency' as const),
    profileId: reader.raw('AIM_PROFILE_ID')?.value,
    customModelName: reader.raw('AIM_CUSTOM_MODEL_NAME')?.value,
    allowGeneral: reader.read('AIM_ALLOW_GENERAL_PROFILE_FALLBACK', flag, true),
    cachePath,
    hfHome: reader.raw('AIM_CACHE_PATH') ? cachePath : reader.read('HF_HOME', text, cachePath),
    port: reader.read('AIM_PORT', integer({ min: 1, max: 65_535 }), 8000),
    profilePath: reader.read('AIM_PROFILE_PATH', text, `${INSTALL_ROOT}/profiles`),
    sysfsRoot: reader.read('AIM_SYSFS_ROOT', text, '/sys'),
    devRoot: reader.read('AIM_DEV_ROOT', text, '/dev'),
  };
  if (reader.raw('AIM_PROFILE_ID')?.name === 'PROFILE_ID') {
    reader.warnings.push('PROFILE_ID is an old name: set AIM_PROFILE_ID');
  }
  if (reader.raw('AIM_SCHEMA_PATH')) reader.warnings.push('AIM_SCHEMA_PATH has no effect: the schemas are compiled in');
  reader.problems.push(...identityProblems(config, need));
  const engineArgs = need === 'start' ? await readEngineArgs(reader, config) : {};
  if (reader.problems.length > 0) throw configError(reader.problems);
  return Object.freeze({ ...config, engineArgs, warnings: reader.warnings });
}

function identityProblems(ids: { aimId: string | undefined; modelId: string | undefined }, need: ConfigNeed): string[] {
  if (ids.aimId !== undefined && ids.modelId !== undefined) {
    return [
      `AIM_ID=${ids.aimId} and AIM_MODEL_ID=${ids.modelId} are both set; a model image has AIM_ID, a base image takes AIM_MODEL_ID`,
    ];
  }
  if (need === 'nothing' || ids.aimId !== undefined || ids.modelId !== undefined) return [];
  return [
    'neither AIM_ID nor AIM_MODEL_ID is set; set AIM_MODEL_ID to the model to deploy, for example AIM_MODEL_ID=org/model',
  ];
}

/** Checked here only where the engine is known: a profile that is asked for by its id brings its own. */
async function readEngineArgs(
  reader: Reader,
  { engine, profileId }: Pick<RuntimeConfig, 'engine' | 'profileId'>,
): Promise<EngineArgs> {
  const given = reader.raw('AIM_ENGINE_ARGS');
  if (!given) return {};
  try {
    const args = readUserArgs(given.value);
    return profileId === undefined ? await checkUserArgs(args, engine) : args;
  } catch (error) {
    if (!(error instanceof AimError) || error.code !== 'config') throw error;
    reader.problems.push(...(error.details.length > 0 ? error.details : [error.message]));
    return {};
  }
}

function configError(problems: readonly string[]): AimError<RuntimeErrorCode> {
  const [only] = problems;
  const hint = "Correct the container's environment (docker run -e NAME=VALUE); aim-runtime --help lists the settings.";
  if (problems.length === 1 && only !== undefined) return new AimError('config', { message: only, hint });
  return new AimError('config', { message: `${problems.length} settings are wrong`, details: problems, hint });
}
