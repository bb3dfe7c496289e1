import { basename } from 'node:path';
import type { Env } from '../config.ts';
import type { Profile } from '../profile/types.ts';
import { redactRecord, redactValue } from '../system/redact.ts';
import type { StartPlan } from './start-plan.ts';

export type Metadata = Readonly<Record<string, unknown>>;

/** A profile as it would run, with the keys and the order of the documented output. */
export interface ResolvedProfile {
  readonly model: string;
  readonly precision: string;
  readonly gpu_count: number;
  readonly metadata: Metadata;
  readonly env_vars: Readonly<Record<string, string>>;
  readonly engine_args: Readonly<Record<string, unknown>>;
  readonly aim_id?: string;
  readonly model_id?: string;
}

/** What the AIM Engine operator reads of a dry-run. */
export interface Discovery {
  readonly filename: string;
  readonly path: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** `size_gb` is GiB, null when it is not known. */
  readonly models: readonly { readonly name: string; readonly source: string; readonly size_gb: number | null }[];
  readonly command: { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

const BYTES_PER_GIB = 1024 ** 3;

/** The selected profile with the user's overrides applied, those of `env` included. */
export function resolveProfile({ selected, source, command }: StartPlan, env: Env): ResolvedProfile {
  const { profile } = selected;
  return {
    model: source.id,
    precision: profile.metadata.precision,
    gpu_count: profile.metadata.gpuCount,
    metadata: profile.source['metadata'] as Metadata,
    env_vars: redactRecord(inForce(profile.envVars, env)),
    engine_args: command.args,
    ...(profile.aimId === undefined ? {} : { aim_id: profile.aimId }),
    ...(profile.modelId === undefined ? {} : { model_id: profile.modelId }),
  };
}

/** The profile's variables with the values that the engine will find: what the user set wins. */
function inForce(envVars: Readonly<Record<string, string>>, env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(envVars).map(([name, value]) => [name, env[name] || value]));
}

/** The operator's view of the plan; `sizeBytes` is that of its model. */
export function discover({ selected, source, command }: StartPlan, sizeBytes?: number): Discovery {
  const { profile } = selected;
  return {
    filename: basename(profile.path),
    path: profile.path,
    profile: operatorProfile(profile),
    models: [{ name: source.name, source: source.uri, size_gb: sizeBytes === undefined ? null : toGib(sizeBytes) }],
    command: { argv: command.argv, env: redactRecord(command.env) },
  };
}

/** The file as parsed, except where the operator's resource definitions would refuse it. */
function operatorProfile(profile: Profile): Record<string, unknown> {
  const { gpu, gpuCount, type } = profile.metadata;
  const written = { ...(profile.source['metadata'] as Metadata), gpu, gpu_count: gpuCount };
  const metadata = type === 'general' ? { ...written, type: 'unoptimized', origin: 'general' } : written;
  return {
    ...profile.source,
    metadata,
    env_vars: redactRecord(profile.envVars),
    engine_args: redactValue(profile.source['engine_args']),
  };
}

function toGib(sizeBytes: number): number {
  return Math.round((sizeBytes / BYTES_PER_GIB) * 100) / 100;
}
