import type { EngineArgs, Profile } from '../profile/types.ts';
import { ENGINE_TRAITS } from './engines.ts';
import { mergeEnv } from './environment.ts';
import type { EnvOverride } from './environment.ts';
import { mergeArgs } from './merge.ts';
import type { OverriddenArg } from './merge.ts';
import { canonicalName } from './names.ts';
import { renderArgs } from './render.ts';
import { splitSecrets } from './secrets.ts';

/** Everything that decides the command of an engine. */
export interface CommandInput {
  readonly profile: Profile;
  /** Interpreter to start, for example `python`. */
  readonly python: string;
  /** Folder or id that the engine loads. */
  readonly modelPath: string;
  /** First name the API answers to. */
  readonly servedModelName: string;
  /** Second name, where the engine takes several. */
  readonly aimId?: string | undefined;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  /** Already checked, see parseUserArgs. */
  readonly userArgs: EngineArgs;
  /** The user's own environment. */
  readonly baseEnv: Readonly<Record<string, string | undefined>>;
  /** Variables that this program decides, for example HF_HOME. */
  readonly extraEnv: Readonly<Record<string, string>>;
}

/** How to start an engine. */
export interface EngineCommand {
  /** Interpreter first. Holds no secrets. */
  readonly argv: readonly string[];
  /** What to set on top of the user's environment. May hold secrets: pass it through redactRecord to show it. */
  readonly env: Readonly<Record<string, string>>;
  /** The profile's arguments with the user's on top; holds no secrets. */
  readonly args: EngineArgs;
  readonly overrides: { readonly args: readonly OverriddenArg[]; readonly env: readonly EnvOverride[] };
  /** One sentence for each thing that was left out or that a person should know. */
  readonly notes: readonly string[];
}

/** Arguments that this program sets itself, with what to use instead. */
export const SYSTEM_ARGS: Readonly<Record<string, string>> = {
  port: 'AIM_PORT',
  model: 'AIM_MODEL_ID or model_id of the profile',
  'model-path': 'AIM_MODEL_ID or model_id of the profile',
  'served-model-name': 'AIM_MODEL_ID or model_id of the profile',
};

/**
 * Command line and environment of the engine for a profile: the model, the profile's arguments with the user's on
 * top, then port and served names, which nothing overrides. Throws AimError('config') for a secret that the engine
 * takes on its command line only.
 */
export function buildCommand(input: CommandInput): EngineCommand {
  const { profile, userArgs } = input;
  const { engine } = profile.metadata;
  const traits = ENGINE_TRAITS[engine];
  const own = splitSecrets(engine, withoutSystemArgs(profile.engineArgs));
  const user = splitSecrets(engine, withoutSystemArgs(userArgs));
  const { args, overridden } = mergeArgs(own.args, user.args);
  const names = servedNames(input);
  const { env, overrides } = mergeEnv({ ...profile.envVars, ...own.env }, input.baseEnv);
  return {
    argv: [
      ...[input.python, '-m', traits.module, traits.modelFlag, input.modelPath],
      ...renderArgs(args),
      ...['--port', String(input.port), '--served-model-name', ...names],
    ],
    env: { ...env, ...user.env, ...input.extraEnv },
    args,
    overrides: { args: overridden, env: overrides },
    notes: [
      ...systemArgNotes(profile.engineArgs, `profile ${profile.id}`),
      ...systemArgNotes(userArgs, 'AIM_ENGINE_ARGS'),
      ...reachNotes(input, args),
    ],
  };
}

function servedNames({ profile, servedModelName, aimId }: CommandInput): string[] {
  const isSecondName = aimId !== undefined && aimId !== servedModelName;
  return isSecondName && ENGINE_TRAITS[profile.metadata.engine].severalServedNames
    ? [servedModelName, aimId]
    : [servedModelName];
}

function withoutSystemArgs(args: EngineArgs): EngineArgs {
  return Object.fromEntries(Object.entries(args).filter(([key]) => !Object.hasOwn(SYSTEM_ARGS, canonicalName(key))));
}

function systemArgNotes(args: EngineArgs, origin: string): string[] {
  return Object.keys(args).flatMap((key) => {
    const name = canonicalName(key);
    const instead = Object.hasOwn(SYSTEM_ARGS, name) ? SYSTEM_ARGS[name] : undefined;
    return instead === undefined ? [] : [`${name} in ${origin} is ignored: it comes from ${instead}`];
  });
}

function reachNotes(input: CommandInput, args: EngineArgs): string[] {
  const { engine } = input.profile.metadata;
  const notes: string[] = [];
  if (ENGINE_TRAITS[engine].listensLocally && !Object.hasOwn(args, 'host')) {
    notes.push(`${engine} listens on 127.0.0.1 only: set host to 0.0.0.0 to reach it from outside the container`);
  }
  if (input.aimId !== undefined && !servedNames(input).includes(input.aimId)) {
    notes.push(`${engine} serves one name: ${input.servedModelName} is used, ${input.aimId} is not`);
  }
  return notes;
}
