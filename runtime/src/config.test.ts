import { describe, expect, it } from 'vitest';
import { loadConfig, readLogConfig, type Env } from './config.ts';
import { AimError } from './system/errors.ts';

const MODEL: Env = { AIM_MODEL_ID: 'org/model' };

async function problemsOf(env: Env): Promise<readonly string[]> {
  try {
    await loadConfig(env, 'start');
  } catch (error) {
    if (error instanceof AimError && error.code === 'config')
      return error.details.length > 0 ? error.details : [error.message];
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has the documented defaults', async () => {
    expect(await loadConfig(MODEL, 'model')).toMatchObject({
      aimId: undefined,
      modelId: 'org/model',
      precision: 'auto',
      gpuCount: 'auto',
      gpuModel: undefined,
      engine: 'vllm',
      metric: 'latency',
      allowGeneral: true,
      cachePath: '/workspace/model-cache',
      port: 8000,
      profilePath: '/workspace/aim-runtime/profiles',
    });
  });

  it('reads values whatever their case, auto as the default it stands for, empty as unset', async () => {
    const env = {
      ...MODEL,
      AIM_PRECISION: 'FP8',
      AIM_METRIC: 'AUTO',
      AIM_ENGINE: 'auto',
      AIM_GPU_MODEL: 'mi300x',
      AIM_GPU_COUNT: '4',
      AIM_PORT: '',
      AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'False',
    };
    expect(await loadConfig(env, 'model')).toMatchObject({
      precision: 'fp8',
      metric: 'latency',
      engine: 'vllm',
      gpuModel: 'MI300X',
      gpuCount: 4,
      port: 8000,
      allowGeneral: false,
    });
  });

  it.each([
    ['AIM_PRECISION', 'fp99', /^AIM_PRECISION=fp99 is not one of auto, fp4.*; did you mean fp/],
    ['AIM_GPU_COUNT', 'abc', /^AIM_GPU_COUNT=abc is not a whole number from 0 to 8, or auto$/],
    ['AIM_GPU_COUNT', '9', /from 0 to 8/],
    ['AIM_GPU_MODEL', 'MI300', /did you mean MI300[AX]\?$/],
    ['AIM_PORT', '70000', /^AIM_PORT=70000 is not a whole number from 1 to 65535$/],
    ['AIM_PORT', '0x1f41', /whole number/],
    ['AIM_PORT', '1e3', /whole number/],
    ['AIM_ENGINE', 'vlm', /did you mean vllm\?$/],
    ['AIM_LOG_LEVEL', 'LOUD', /^AIM_LOG_LEVEL=LOUD is not one of DEBUG/],
    ['AIM_ALLOW_GENERAL_PROFILE_FALLBACK', 'maybe', /is not one of true, false$/],
    ['AIM_ENGINE_ARGS', 'not json', /AIM_ENGINE_ARGS/],
    ['AIM_ENGINE_ARGS', '{"max-model-len": "x"}', /max-model-len/],
  ])('refuses %s=%s', async (name, value, problem) => {
    expect(await problemsOf({ ...MODEL, [name]: value })).toEqual([expect.stringMatching(problem)]);
  });

  it('reports all problems of one start together', async () => {
    const problems = await problemsOf({ AIM_PRECISION: 'fp99', AIM_PORT: 'abc', AIM_ENGINE_ARGS: '[1]' });
    expect(problems).toHaveLength(4);
  });

  it('wants exactly one identity, unless the command needs none', async () => {
    expect(await problemsOf({})).toEqual([expect.stringMatching(/^neither AIM_ID nor AIM_MODEL_ID is set/)]);
    expect(await problemsOf({ AIM_ID: 'a/b', AIM_MODEL_ID: 'a/b' })).toEqual([expect.stringMatching(/are both set/)]);
    expect(await loadConfig({}, 'nothing')).toMatchObject({ aimId: undefined, modelId: undefined });
  });

  it('takes synonyms, tells about the old name, and prefers the first on a conflict', async () => {
    const config = await loadConfig(
      { ...MODEL, PROFILE_ID: 'p', AIM_ACCELERATOR_MODEL: 'MI325X', AIM_ACCELERATOR_COUNT: '2' },
      'model',
    );
    expect(config).toMatchObject({ profileId: 'p', gpuModel: 'MI325X', gpuCount: 2 });
    expect(config.warnings).toEqual(['PROFILE_ID is an old name: set AIM_PROFILE_ID']);
    const conflict = await loadConfig({ ...MODEL, AIM_GPU_MODEL: 'MI300X', AIM_ACCELERATOR_MODEL: 'MI325X' }, 'model');
    expect(conflict.gpuModel).toBe('MI300X');
    expect(conflict.warnings).toEqual(['AIM_ACCELERATOR_MODEL=MI325X is ignored: AIM_GPU_MODEL=MI300X is set']);
  });

  it('keeps the hub client in the cache that was asked for', async () => {
    expect((await loadConfig({ ...MODEL, HF_HOME: '/image/cache' }, 'model')).hfHome).toBe('/image/cache');
    expect(
      (await loadConfig({ ...MODEL, HF_HOME: '/image/cache', AIM_CACHE_PATH: '/workspace/cache' }, 'model')).hfHome,
    ).toBe('/workspace/cache');
  });
});

describe('readLogConfig', () => {
  it('understands AIM_DEBUG and survives bad values', () => {
    expect(readLogConfig({ AIM_DEBUG: 'true', AIM_LOG_LEVEL: 'ERROR' })).toEqual({
      level: 'DEBUG',
      rootLevel: 'WARNING',
      format: 'text',
    });
    expect(readLogConfig({ AIM_LOG_LEVEL: 'LOUD', AIM_LOG_FORMAT: 'json' })).toEqual({
      level: 'INFO',
      rootLevel: 'WARNING',
      format: 'json',
    });
  });
});
