import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseModelMetadata } from '../../src/profile/model-metadata.ts';
import { discoveryOf, findViolations, type Discovery } from '../lib/operator-log.ts';
import { EXECUTABLE } from '../lib/run-executable.ts';

const CATALOGUE = join(import.meta.dirname, '../../../profiles');
/** The look-up of a model's size may take two seconds; a program that waits for a network that is not there is killed. */
const TIMEOUT_MS = 30_000;

// Where another user may read them, whatever the checkout's folder allows.
const scratch = mkdtempSync(join(tmpdir(), 'aim-operator-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const profiles = join(scratch, 'profiles');
const executable = join(scratch, 'aim-runtime');
cpSync(CATALOGUE, profiles, { recursive: true });
copyFileSync(EXECUTABLE, executable);
for (const path of [scratch, executable]) chmodSync(path, 0o755);

const ALONE = [
  'unshare',
  '--net',
  'setpriv',
  '--reuid',
  '65532',
  '--regid',
  '65532',
  '--clear-groups',
  '--no-new-privs',
];
const canBeAlone = spawnSync(ALONE[0]!, [...ALONE.slice(1), 'true']).status === 0;

/** The deployments that images recommend: the operator makes a template, and with it a job, of each. */
const deployments = readdirSync(profiles, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('metadata.yaml') && path !== 'base/metadata.yaml')
  .sort()
  .flatMap((path) => {
    const { model } = parseModelMetadata(readFileSync(join(profiles, path), 'utf8'), path).com.amd.aim;
    const [first] = model.recommendedDeployments ?? [];
    return first === undefined ? [] : [{ aimId: dirname(path), ...first }];
  });

/** Runs the job and gives its log as the operator gets it: stdout and stderr in one. */
function runJob(env: Readonly<Record<string, string>>): { status: number | null; log: string } {
  const job = ['sh', '-c', 'exec "$0" dry-run --format=json 2>&1', executable];
  const [program = '', ...args] = canBeAlone ? [...ALONE, ...job] : job;
  const { PATH = '' } = process.env;
  const settings = {
    PATH,
    AIM_PROFILE_PATH: profiles,
    AIM_LOG_LEVEL: 'CRITICAL',
    AIM_LOG_LEVEL_ROOT: 'CRITICAL',
    ...env,
  };
  const { status, stdout } = spawnSync(program, args, {
    cwd: '/',
    env: settings,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return { status, log: stdout };
}

describe(`the operator's discovery job${canBeAlone ? ', as its user and without a network' : ''}`, () => {
  it.each(deployments)('reads $profileId of $aimId', ({ aimId, gpuModel, gpuCount, precision, metric, profileId }) => {
    const wishes = { AIM_METRIC: metric, AIM_PRECISION: precision, AIM_GPU_MODEL: gpuModel, AIM_GPU_COUNT: gpuCount };
    const given = Object.entries({ ...wishes, AIM_PROFILE_ID: profileId }).filter(([, value]) => value !== undefined);
    const { status, log } = runJob({
      ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
      AIM_ID: aimId,
      AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false',
    });
    expect(status).toBe(0);
    const [entry] = discoveryOf(log);
    expect(findViolations(entry!)).toEqual([]);
    expect(entry!.filename).toBe(`${profileId}.yaml`);
    expect(entry!.profile.metadata).toMatchObject({ gpu: gpuModel, gpu_count: gpuCount, precision, metric });
    // Nothing but the one object: no log line before it, nothing with a bracket after it.
    expect(Object.keys(JSON.parse(log) as object)).toEqual([entry!.filename]);
    expect(log.slice(log.lastIndexOf(']') + 1)).toMatch(/^[\s}]*$/);
  });

  it('fails with a message and no array for a profile that is not there', () => {
    const { status, log } = runJob({ AIM_ID: 'Qwen/Qwen3-32B', AIM_GPU_MODEL: 'MI300X', AIM_PROFILE_ID: 'nonsense' });
    expect(status).toBe(4);
    expect(log).toContain('nonsense');
    expect(() => discoveryOf(log)).toThrow('no JSON array');
  });
});

describe('the reading of its log', () => {
  const entry: Discovery = {
    filename: 'a.yaml',
    path: '/a.yaml',
    profile: {
      metadata: { engine: 'vllm', gpu: 'MI300X', gpu_count: 1, precision: 'fp8', metric: 'latency', type: 'optimized' },
      env_vars: {},
      engine_args: {},
    },
    models: [{ name: 'org/m', source: 'hf://org/m', size_gb: null }],
    command: { argv: [], env: {} },
  };

  it('takes the last array, and what follows with a bracket breaks it', () => {
    const text = JSON.stringify({ 'a.yaml': { list: [1], discovery: [entry] } });
    expect(discoveryOf(`[INFO] begin\n${text}\n`)).toEqual([entry]);
    expect(discoveryOf(JSON.stringify([entry]))).toEqual([entry]);
    expect(() => discoveryOf(`${text}\n[INFO] done\n`)).toThrow('no JSON array');
  });

  it.each<[string, Partial<Discovery['profile']['metadata']>]>([
    ['type', { type: 'general' }],
    ['gpu_count is an integer', { gpu_count: '1' }],
    ['precision', { precision: 'mxfp4' }],
    ['metric', { metric: 'balanced' }],
  ])('knows what the resources refuse: %s', (rule, change) => {
    const metadata = { ...entry.profile.metadata, ...change };
    expect(findViolations({ ...entry, profile: { ...entry.profile, metadata } })).toEqual([rule]);
  });

  it('knows what its types refuse', () => {
    const numbers = { ...entry.profile, env_vars: { A: 1 as unknown as string } };
    expect(findViolations({ ...entry, profile: numbers })).toEqual(['env_vars holds texts']);
    expect(findViolations({ ...entry, models: [{ name: 'a.b/m', source: 'org/m', size_gb: 1 }] })).toEqual([
      'names of models',
      'sources of models',
    ]);
  });
});
