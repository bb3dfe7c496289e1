import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProfileParser, loadProfiles } from 'aim-runtime/profile';
import { describe, expect, it } from 'vitest';
import { packFile, planContainer, type ContainerInput } from './container-plan.ts';
import type { EndpointFacts } from './endpoint.ts';

const model = 'meta-llama/Llama-3.1-8B-Instruct';
const profile = loadProfiles({ root: join(import.meta.dirname, '../../../profiles'), model }).profiles.find(
  ({ id }) => id === 'vllm-mi300x-fp16-tp1-latency',
)!;
const facts: EndpointFacts = {
  ...{ model, profile: profile.id, backend: 'vllm', precision: 'fp16', metric: 'latency', gpuModel: 'MI300X' },
  ...{ gpus: ['renderD128'], address: '127.0.0.1', port: 8001, containerPort: 8000, supervised: false },
};
const input: ContainerInput = {
  name: 'one',
  facts,
  choice: { profile, precision: 'fp16', gpuModel: 'MI300X', gpus: [], engineArgs: {}, notes: [] },
  image: { reference: 'aim-x:1', kind: 'model' },
  devices: { paths: ['/dev/kfd', '/dev/dri/renderD128'], groups: ['44', '109'], env: {} },
  cacheDir: '/models',
  hostEnv: { HF_TOKEN: 'hf_secretsecret' },
  userEnv: {},
  user: '1001:1001',
};

describe('planContainer', () => {
  it('gives the container its GPUs, groups, cache, port and settings', () => {
    const { spec, profileFile } = planContainer(input);
    expect(profileFile).toBeUndefined();
    expect(spec).toMatchObject({
      name: 'one',
      image: 'aim-x:1',
      user: '1001:1001',
      devices: ['/dev/kfd', '/dev/dri/renderD128'],
      groups: ['44', '109'],
      binds: [{ source: '/models', target: '/workspace/model-cache' }],
      ports: [{ containerPort: 8000, hostAddress: '127.0.0.1', hostPort: 8001 }],
    });
    expect(spec.env).toEqual({
      ...{ HF_TOKEN: 'hf_secretsecret', AIM_PROFILE_ID: profile.id, AIM_ENGINE: 'vllm', AIM_METRIC: 'latency' },
      ...{ AIM_GPU_MODEL: 'MI300X', AIM_GPU_COUNT: '1', AIM_PORT: '8000' },
    });
  });

  it('keeps secrets out of the labels, which everybody may read', () => {
    const { spec } = planContainer({ ...input, userEnv: { VLLM_API_KEY: 'sk-secret' } });
    expect(JSON.stringify(spec.labels)).not.toMatch(/secret/);
    expect(spec.env['VLLM_API_KEY']).toBe('sk-secret');
  });

  it('tells a base image the model and gives it the profile it does not hold', () => {
    const { spec, profileFile } = planContainer({ ...input, image: { reference: 'aim-base:1', kind: 'base' } });
    expect(spec.env['AIM_MODEL_ID']).toBe(model);
    const path = `/workspace/aim-runtime/profiles/${model}/vllm-mi300x-fp16-tp1-latency.yaml`;
    expect(profileFile?.path).toBe(path);
    const file = { path, name: 'vllm-mi300x-fp16-tp1-latency.yaml', layer: 'model' } as const;
    const read = createProfileParser()(file, profileFile?.text ?? '');
    expect(read).toMatchObject({ ok: true, profile: { ...profile, path } });
  });

  it("puts a user's own profile into the custom layer of any image", () => {
    const own = { ...profile, layer: 'custom' as const, id: 'custom/general/mine', path: '/tmp/mine.yaml' };
    const { spec, profileFile } = planContainer({ ...input, choice: { ...input.choice, profile: own } });
    expect(spec.env['AIM_PROFILE_ID']).toBe('custom/general/mine');
    expect(profileFile?.path).toBe('/workspace/aim-runtime/profiles/custom/mine.yaml');
  });

  it("passes engine arguments on, lets SGLang be reached and counted, and lets the user's variables win", () => {
    const choice = { ...input.choice, engineArgs: { dtype: 'bfloat16' } };
    const sglang = { ...facts, backend: 'sglang' as const };
    const { env } = planContainer({
      ...input,
      facts: sglang,
      choice,
      userEnv: { AIM_METRIC: 'throughput', AIM_PORT: '1' },
    }).spec;
    expect(JSON.parse(env['AIM_ENGINE_ARGS'] ?? '')).toEqual({
      ...{ host: '0.0.0.0', 'enable-metrics': true },
      dtype: 'bfloat16',
    });
    expect(env['AIM_METRIC']).toBe('throughput');
    expect(env['AIM_PORT']).toBe('8000');
  });
});

it('packs a file that tar unpacks to its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aim-pack-'));
  try {
    const run = spawnSync('tar', ['-xf', '-', '-C', folder], { input: packFile('/a/b/c.yaml', Buffer.from('x: 1\n')) });
    expect(run.status).toBe(0);
    expect(readFileSync(join(folder, 'a/b/c.yaml'), 'utf8')).toBe('x: 1\n');
    expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o755);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
