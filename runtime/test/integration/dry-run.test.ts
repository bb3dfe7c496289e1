import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { discoveryOf, findViolations } from '../lib/operator-log.ts';
import { GENERAL, METADATA, PROFILE, ProfileTree, run, settings } from '../lib/run-executable.ts';

const SILENT = { AIM_LOG_LEVEL: 'CRITICAL', AIM_LOG_LEVEL_ROOT: 'CRITICAL' };

describe('dry-run --format json', () => {
  it('is silent on stderr and readable by the operator', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { status, stdout, stderr } = run(['dry-run', '--format=json'], settings(tree, SILENT));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [first] = discoveryOf(stdout);
    expect(first?.models).toEqual([{ name: 'org/model', source: 'hf://org/model', size_gb: null }]);
    expect(findViolations(first!)).toEqual([]);
    expect(first?.profile.metadata).toMatchObject({ gpu: 'MI300X', gpu_count: 1, type: 'optimized' });
    expect(first?.profile.env_vars).toEqual({ GPU_ARCHS: 'gfx942' });
  });

  it('has the documented keys in their order, discovery last', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const document = JSON.parse(run(['dry-run', '--format', 'json'], settings(tree)).stdout) as Record<string, object>;
    expect(Object.keys(document)).toEqual(['one.yaml']);
    expect(Object.keys(document['one.yaml'] ?? {})).toEqual([
      'model',
      'precision',
      'gpu_count',
      'metadata',
      'env_vars',
      'engine_args',
      'aim_id',
      'model_id',
      'discovery',
    ]);
  });

  it('writes a general profile as the type that the operator knows', () => {
    using tree = new ProfileTree().put('general/g.yaml', GENERAL);
    const [first] = discoveryOf(run(['dry-run', '--format', 'json'], settings(tree, SILENT)).stdout);
    expect(first?.profile.metadata).toMatchObject({ type: 'unoptimized', origin: 'general' });
  });

  it('gives both generations of a profile the keys that the operator reads', () => {
    const newer = PROFILE.replace('gpu: MI300X', 'accelerator_model: MI300X').replace(
      'gpu_count: 1',
      'accelerator_count: 1',
    );
    using tree = new ProfileTree().put('org/model/one.yaml', newer);
    const [first] = discoveryOf(run(['dry-run', '--format', 'json'], settings(tree, SILENT)).stdout);
    expect(first?.profile.metadata).toMatchObject({
      gpu: 'MI300X',
      gpu_count: 1,
      accelerator_model: 'MI300X',
      accelerator_count: 1,
    });
  });

  it('serves a complete model of the cache by its path, and knows its size', () => {
    using tree = new ProfileTree()
      .put('org/model/one.yaml', PROFILE)
      .put('cache/org/model/config.json', '{}')
      .put('cache/org/model/model.safetensors', Buffer.alloc(2 ** 20, 'weights'));
    const [first] = discoveryOf(run(['dry-run', '--format', 'json'], settings(tree, SILENT)).stdout);
    expect(first?.command.argv).toContain(`${tree.root}/cache/org/model`);
    expect(first?.command.argv.slice(-2)).toEqual(['--served-model-name', 'org/model']);
    expect(first?.command.env['HF_HOME']).toBe(`${tree.root}/cache`);
  });

  it('lets the user win over the profile, in arguments and environment', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = settings(tree, {
      AIM_ENGINE_ARGS: '{"max_model_len": 8192, "enforce-eager": true}',
      AIM_PORT: '9000',
      GPU_ARCHS: 'gfx950',
    });
    const { stdout, stderr } = run(['dry-run', '--format', 'json'], env);
    const [first] = discoveryOf(stdout);
    const line = first?.command.argv.join(' ');
    expect(line).toContain('--max-model-len 8192 --enforce-eager --port 9000');
    expect(first?.command.env['GPU_ARCHS']).toBeUndefined();
    const document = JSON.parse(stdout) as Record<string, { env_vars: object }>;
    expect(document['one.yaml']?.env_vars).toEqual({ GPU_ARCHS: 'gfx950' });
    expect(stderr).toContain("the environment's GPU_ARCHS is kept over the profile's");
    expect((JSON.parse(stdout) as Record<string, { engine_args: unknown }>)['one.yaml']?.engine_args).toMatchObject({
      'max-model-len': 8192,
      'enforce-eager': true,
    });
  });
});

describe('dry-run --format yaml', () => {
  it('starts with the path, is YAML as a whole, and ends with the command in comments', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { stdout, status } = run(['dry-run'], settings(tree));
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([`# Selected profile: ${tree.root}/org/model/one.yaml`, '']);
    expect(load(stdout)).toEqual({
      model: 'org/model',
      precision: 'fp16',
      gpu_count: 1,
      metadata: (load(METADATA) as { metadata: unknown }).metadata,
      env_vars: { GPU_ARCHS: 'gfx942' },
      engine_args: { 'max-model-len': 4096 },
      aim_id: 'org/model',
      model_id: 'org/model',
    });
    expect(stdout).toMatch(/# exec python3? -m vllm\.entrypoints\.openai\.api_server \\\n#\s+--model org\/model \\\n/);
  });
});

it('is YAML with values of several lines too', () => {
  using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
  const env = settings(tree, { AIM_ENGINE_ARGS: JSON.stringify({ 'chat-template': 'line1\nfoo: [bar' }) });
  const { stdout } = run(['dry-run'], env);
  expect(load(stdout)).toMatchObject({ engine_args: { 'chat-template': 'line1\nfoo: [bar' } });
});

it("checks the user's arguments against the engine of the profile that is asked for", () => {
  const sglang = PROFILE.replace('engine: vllm', 'engine: sglang').replace('max-model-len', 'context-length');
  using tree = new ProfileTree().put('org/model/one.yaml', sglang);
  const dryRun = (args: object) =>
    run(['dry-run'], settings(tree, { AIM_PROFILE_ID: 'one', AIM_ENGINE_ARGS: JSON.stringify(args) }));
  const fitting = dryRun({ 'context-length': 2048 });
  expect(fitting.status).toBe(0);
  expect(fitting.stdout).toContain('2048');
  const foreign = dryRun({ 'max-model-len': 2048 });
  expect(foreign.status).toBe(2);
  expect(foreign.stderr).toMatch(/not valid for sglang .*max-model-len/);
});

describe('secrets', () => {
  it('never reach a dry-run, a log or an argv', () => {
    const own = PROFILE.replace('engine_args:\n', 'engine_args:\n  api-key: profile-verysecretvalue\n');
    using tree = new ProfileTree().put('org/model/one.yaml', own);
    const env = settings(tree, {
      HF_TOKEN: 'hf_verysecretvalue123',
      AIM_ENGINE_ARGS: '{"api-key": "sk-verysecretvalue"}',
      AIM_LOG_LEVEL: 'DEBUG',
    });
    for (const args of [['dry-run'], ['dry-run', '--format', 'json'], ['list-profiles', '--verbose']]) {
      const { stdout, stderr } = run(args, env);
      expect(stdout + stderr).not.toContain('verysecretvalue');
    }
  });

  it.each([
    [
      'in an object',
      { 'kv-transfer-config': { kv_connector_extra_config: { password: 'verysecretvalue' } } },
      'password',
    ],
    ['in a URL', { 'otlp-traces-endpoint': 'http://user:verysecretvalue@host:4317' }, 'credentials'],
  ])('stop a start that would show them on the command line: %s', (_, args, named) => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { status, stdout, stderr } = run(['dry-run'], settings(tree, { AIM_ENGINE_ARGS: JSON.stringify(args) }));
    expect(status).toBe(2);
    expect(stderr).toContain(`holds a secret (${named}) that would be readable on the command line`);
    expect(stdout + stderr).not.toContain('verysecretvalue');
  });

  it('are not seen in the special tokens of a model', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const args = { 'hf-overrides': { image_token: '<image>', eos_token_id: 2 } };
    const { status, stdout } = run(['dry-run'], settings(tree, { AIM_ENGINE_ARGS: JSON.stringify(args) }));
    expect(status).toBe(0);
    expect(stdout).toContain('<image>');
  });
});
