import { describe, expect, it } from 'vitest';
import type { Engine, EngineArgs } from '../profile/types.ts';
import type { CommandInput } from './command.ts';
import { buildCommand } from './command.ts';

function input(engine: Engine, engineArgs: EngineArgs, more: Partial<CommandInput> = {}): CommandInput {
  return {
    profile: {
      id: 'p',
      path: '/profiles/p.yaml',
      layer: 'model',
      aimId: 'org/model',
      modelId: 'org/model-FP8',
      metadata: {
        engine,
        gpu: 'MI300X',
        precision: 'fp8',
        gpuCount: 1,
        metric: 'latency',
        manualSelectionOnly: false,
        type: 'optimized',
      },
      engineArgs,
      envVars: { VLLM_ROCM_USE_AITER: '1', GPU_ARCHS: 'gfx942' },
      source: {},
    },
    python: 'python',
    modelPath: 'org/model-FP8',
    servedModelName: 'org/model-FP8',
    aimId: 'org/model',
    port: 8000,
    userArgs: {},
    baseEnv: {},
    extraEnv: {},
    ...more,
  };
}

describe('buildCommand for vLLM', () => {
  it('puts model, profile arguments with overrides, port and names in this order', () => {
    const command = buildCommand(
      input('vllm', { 'swap-space': 64, 'no-x': null }, { userArgs: { 'swap-space': 16, seed: 1 } }),
    );
    expect(command.argv).toEqual([
      ...['python', '-m', 'vllm.entrypoints.openai.api_server', '--model', 'org/model-FP8'],
      ...['--swap-space', '16', '--no-x', '--seed', '1'],
      ...['--port', '8000', '--served-model-name', 'org/model-FP8', 'org/model'],
    ]);
    expect(command.overrides.args).toEqual([{ name: 'swap-space', from: 64, to: 16, by: 'swap-space' }]);
    expect(command.notes).toEqual([]);
  });

  it('gives one name when both are the same', () => {
    const { argv } = buildCommand(input('vllm', {}, { aimId: 'org/model-FP8' }));
    expect(argv.slice(-2)).toEqual(['--served-model-name', 'org/model-FP8']);
  });

  it('drops what it sets itself, whoever asked for it, and says so', () => {
    const { argv, notes } = buildCommand(
      input('vllm', { model: 'other', served_model_name: 'z' }, { userArgs: { port: 9 } }),
    );
    expect(argv.filter((word) => ['other', 'z', '9'].includes(word))).toEqual([]);
    expect(argv.filter((word) => word === '--port')).toHaveLength(1);
    expect(notes).toEqual([
      'model in profile p is ignored: it comes from AIM_MODEL_ID or model_id of the profile',
      'served-model-name in profile p is ignored: it comes from AIM_MODEL_ID or model_id of the profile',
      'port in AIM_ENGINE_ARGS is ignored: it comes from AIM_PORT',
    ]);
  });

  it("merges environments: own decisions, then the user's, then the profile's", () => {
    const { env, overrides } = buildCommand(
      input('vllm', {}, { baseEnv: { VLLM_ROCM_USE_AITER: '0' }, extraEnv: { HF_HOME: '/cache' } }),
    );
    expect(env).toEqual({ GPU_ARCHS: 'gfx942', HF_HOME: '/cache' });
    expect(overrides.env).toEqual([{ name: 'VLLM_ROCM_USE_AITER', profileValue: '1' }]);
  });

  it('hands secrets over in variables, never on the command line', () => {
    const command = buildCommand(
      input(
        'vllm',
        { 'hf-token': 'hf_of_profile' },
        { userArgs: { api_key: ['k-12345'] }, baseEnv: { HF_TOKEN: 'own' } },
      ),
    );
    expect(command.argv.join(' ')).not.toMatch(/k-12345|hf_of_profile|--api-key|--hf-token/);
    expect(command.env).toMatchObject({ VLLM_API_KEY: 'k-12345' });
    expect(command.env).not.toHaveProperty('HF_TOKEN');
    expect(command.overrides.env).toEqual([{ name: 'HF_TOKEN', profileValue: '[redacted]' }]);
  });

  it('refuses several keys, which no variable can carry', () => {
    const build = (): unknown => buildCommand(input('vllm', {}, { userArgs: { 'api-key': ['k-1', 'k-2'] } }));
    expect(build).toThrow(/api-key of vllm holds a secret/);
    expect(build).not.toThrow(/k-1/);
  });

  it('keeps a bare hf-token, which holds no secret', () => {
    expect(buildCommand(input('vllm', { 'hf-token': null })).argv).toContain('--hf-token');
  });
});

describe('buildCommand for SGLang', () => {
  it('uses its module, its model flag and the one name it can serve', () => {
    const { argv, notes } = buildCommand(input('sglang', { host: '0.0.0.0', 'tp-size': 2 }));
    expect(argv).toEqual([
      ...['python', '-m', 'sglang.launch_server', '--model-path', 'org/model-FP8', '--host', '0.0.0.0'],
      ...['--tp-size', '2', '--port', '8000', '--served-model-name', 'org/model-FP8'],
    ]);
    expect(notes).toEqual(['sglang serves one name: org/model-FP8 is used, org/model is not']);
  });

  it('says that it is unreachable without host', () => {
    const { notes } = buildCommand(input('sglang', {}, { aimId: undefined }));
    expect(notes).toEqual([expect.stringContaining('listens on 127.0.0.1 only')]);
  });

  it('refuses an api-key, which it takes on the command line only', () => {
    expect(() => buildCommand(input('sglang', { 'api-key': 'k-12345' }))).toThrow(
      expect.objectContaining({ code: 'config' }),
    );
  });
});
