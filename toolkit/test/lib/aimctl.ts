import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';

export const REPOSITORY = join(import.meta.dirname, '../../..');
const AIMCTL = join(REPOSITORY, 'toolkit/bin/aimctl.js');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a user does, without an engine and without a network. */
export function aimctl(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Outcome {
  const env = {
    ...process.env,
    GITHUB_ACTIONS: '',
    DOCKER_HOST: 'unix:///nonexistent.sock',
    HF_HUB_OFFLINE: '1',
    ...options.env,
  };
  return spawnSync(process.execPath, [AIMCTL, ...args], { ...options, env, encoding: 'utf8' });
}

/** The JSON a command printed, after it was held against the command's schema. */
export function checkedJson(schema: string, { stdout }: Outcome): unknown {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  const file = join(REPOSITORY, 'schemas/cli', `${schema}.schema.json`);
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  const value: unknown = JSON.parse(stdout);
  if (!validate(value)) throw new Error(`${schema}: ${ajv.errorsText(validate.errors)}\n${stdout}`);
  return value;
}
