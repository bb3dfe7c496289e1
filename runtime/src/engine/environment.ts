import { REDACTED, isSecretName } from '../system/redact.ts';

/** A variable of the profile that the user's own environment replaces. */
export interface EnvOverride {
  readonly name: string;
  /** What the profile asked for; replaced when the variable is a secret. */
  readonly profileValue: string;
}

/** Variables to set for the engine on top of the user's environment. */
export interface EngineEnv {
  readonly env: Record<string, string>;
  readonly overrides: readonly EnvOverride[];
}

/**
 * The profile's variables that the user did not set. A variable that the user set to the empty string counts as
 * not set, like everywhere in this program.
 */
export function mergeEnv(
  profileEnv: Readonly<Record<string, string>>,
  userEnv: Readonly<Record<string, string | undefined>>,
): EngineEnv {
  const env: Record<string, string> = {};
  const overrides: EnvOverride[] = [];
  for (const [name, value] of Object.entries(profileEnv)) {
    const own = userEnv[name];
    if (own === undefined || own === '' || own === value) env[name] = value;
    else overrides.push({ name, profileValue: isSecretName(name) ? REDACTED : value });
  }
  return { env, overrides };
}
