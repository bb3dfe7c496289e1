import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DeploymentPlan } from '../../src/deploy/deployment-plan.ts';
import type { DeployRequest } from '../../src/deploy/request.ts';
import { IMAGE_PATHS } from '../../src/images/plan.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { deployPlan } from '../lib/deploy-plans.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-deploy-runtime-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const own = join(scratch, 'own.yaml');
cpSync(join(REPOSITORY, 'profiles/Qwen/Qwen3-32B/vllm-mi300x-fp8-tp2-latency.yaml'), own);

interface Discovered {
  readonly filename: string;
  readonly models: readonly { readonly name: string }[];
  readonly command: { readonly argv: readonly string[] };
}

/** Profiles as the image and the volumes of a plan show them to the runtime. */
function profilesOf({ image, model, profile }: DeploymentPlan): string {
  const folder = mkdtempSync(join(scratch, 'profiles-'));
  const layers = ['general', ...(image.kind === 'model' ? [model] : [])];
  for (const layer of layers) cpSync(join(REPOSITORY, 'profiles', layer), join(folder, layer), { recursive: true });
  if (profile.file) {
    const path = join(folder, relative(IMAGE_PATHS.profiles, profile.file.path));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, profile.file.text);
  }
  return folder;
}

/** What the runtime would start in the server's container, on a node without GPUs. */
function dryRun(plan: DeploymentPlan): Discovered {
  const env = {
    ...(plan.image.kind === 'model' ? { AIM_ID: plan.model, AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false' } : {}),
    ...plan.env,
    AIM_PROFILE_PATH: profilesOf(plan),
    AIM_SYSFS_ROOT: join(scratch, 'sys'),
    AIM_CACHE_PATH: join(scratch, 'cache'),
    HF_HUB_OFFLINE: '1',
    PATH: '',
  };
  const runtime = join(REPOSITORY, 'runtime/src/main.ts');
  const run = spawnSync(process.execPath, [runtime, 'dry-run', '--format', 'json'], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  const [profile] = Object.values(JSON.parse(run.stdout) as Record<string, { discovery: Discovered[] }>);
  return profile!.discovery[0]!;
}

describe('the runtime in the image', () => {
  it.each<[string, Partial<DeployRequest>]>([
    ["a model's own image", { model: 'meta-llama/Llama-3.1-8B-Instruct' }],
    ["a preloaded model's", { model: 'meta-llama/Llama-3.1-8B-Instruct', cache: 'preload' }],
    ['a general profile in it', { model: 'Qwen/Qwen3-32B', profile: 'general/vllm-mi300x-fp16-tp2-latency' }],
    ["a profile of the user's own", { model: 'Qwen/Qwen3-32B', profile: own }],
    ["a model's profile in the base image", { model: 'Qwen/Qwen3-32B', image: 'ghcr.io/example/aim-base:0.9' }],
    ['any model in the base image', { model: 'nobody/New', profile: 'general/vllm-mi300x-fp16-tp1-latency' }],
  ])('starts what the plan says with %s', async (_, said) => {
    const plan = await deployPlan({ ...said, engineArgs: { 'max-model-len': 4096 } });
    const { filename, models, command } = dryRun(plan);
    expect(filename).toBe(`${basename(plan.profile.id)}.yaml`);
    expect(models.map(({ name }) => name)).toEqual([plan.profile.checkpoint]);
    expect(command.argv.join(' ')).toContain('--max-model-len 4096');
    expect(command.argv.join(' ')).toContain('--port 8000');
  });
});
