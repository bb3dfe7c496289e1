import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureUpstreamImage } from '../../../demo/upstream-image.ts';
import { readHost } from '../../../scripts/host.ts';
import { aimctl, findTestEngine } from './engine.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const NAMESPACE = `aim-contract-${process.pid}`;
/** How the operator's discovery job runs an image. */
const LOCKED_DOWN = [
  '--rm',
  '--read-only',
  '--user',
  '65532:65532',
  '--network',
  'none',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
];
const SILENT = ['--env', 'AIM_LOG_LEVEL=CRITICAL', '--env', 'AIM_LOG_LEVEL_ROOT=CRITICAL'];

function docker(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe.skipIf((await findTestEngine()) === undefined)('a model image of this repository', () => {
  let base = '';
  let image = '';

  const build = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await aimctl([...args, '--registry', NAMESPACE, '--json']);
    expect(stderr).not.toContain('Error:');
    expect(status).toBe(0);
    return (JSON.parse(stdout) as { images: { reference: string }[] }).images[0]?.reference ?? '';
  };

  beforeAll(async () => {
    const upstream = await ensureUpstreamImage(readHost(process.env), join(REPOSITORY, 'demo/engine-simulator'));
    base = await build('build-base', '--base', upstream);
    image = await build('build-model', MODEL);
  });

  afterAll(() => {
    docker('rmi', '--force', image, base);
  });

  it('answers the discovery job: one JSON array at the end of the log, nothing on stderr', () => {
    const settings = [
      ...SILENT,
      '--env',
      'AIM_GPU_MODEL=MI300X',
      '--env',
      'AIM_GPU_COUNT=1',
      '--env',
      'AIM_METRIC=latency',
      '--env',
      'AIM_PRECISION=fp8',
    ];
    const { status, stdout, stderr } = docker('run', ...LOCKED_DOWN, ...settings, image, 'dry-run', '--format=json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const document = JSON.parse(stdout) as Record<string, { discovery: { filename: string; models: object[] }[] }>;
    const [name = ''] = Object.keys(document);
    expect(name).toBe('vllm-mi300x-fp8-tp1-latency.yaml');
    expect(document[name]?.discovery[0]).toMatchObject({
      filename: name,
      profile: {
        metadata: {
          engine: 'vllm',
          gpu: 'MI300X',
          gpu_count: 1,
          precision: 'fp8',
          metric: 'latency',
          type: 'optimized',
        },
      },
      models: [{ name: 'amd/Llama-3.1-8B-Instruct-FP8-KV', source: 'hf://amd/Llama-3.1-8B-Instruct-FP8-KV' }],
    });
  });

  it.each([
    [['list-profiles', '--format', 'json'], 0],
    [['detect-hardware', '--format', 'json'], 0],
    [['validate', `/workspace/aim-runtime/profiles/general/vllm-mi300x-fp16-tp1-latency.yaml`], 0],
    [['dry-run'], 3],
    [['nonsense'], 2],
  ])('%s works as any user on a read-only root file system', (args, expected) => {
    const { status, stdout } = docker('run', ...LOCKED_DOWN, ...SILENT, image, ...args);
    expect(status).toBe(expected);
    if (expected !== 0) expect(stdout).toBe('');
  });

  it('holds the model profiles and the general ones, which it takes by name only', () => {
    const listed = docker(
      'run',
      ...LOCKED_DOWN,
      ...SILENT,
      '--env',
      'AIM_GPU_MODEL=MI300X',
      image,
      'list-profiles',
      '--format',
      'json',
    );
    const { profiles, invalid } = JSON.parse(listed.stdout) as {
      profiles: { layer: string; automatic: boolean }[];
      invalid: object[];
    };
    expect(invalid).toEqual([]);
    expect(profiles.filter(({ layer }) => layer === 'model').length).toBeGreaterThan(10);
    expect(profiles.filter(({ layer, automatic }) => layer === 'general' && automatic)).toEqual([]);
  });

  it('serves without a command, and the engine is process 1 as the image user', () => {
    const started = docker('run', '--detach', '--read-only', '--env', 'AIM_GPU_MODEL=MI300X', image);
    const id = started.stdout.trim();
    try {
      expect(started.status).toBe(0);
      const wait =
        "import time,urllib.request as u\nfor _ in range(100):\n  try:\n    print(u.urlopen('http://127.0.0.1:8000/health').status); break\n  except OSError: time.sleep(0.1)";
      expect(docker('exec', id, 'python3', '-c', wait).stdout).toBe('200\n');
      expect(docker('exec', id, 'cat', '/proc/1/cmdline').stdout.split('\0').slice(0, 3)).toEqual([
        'python3',
        '-m',
        'vllm.entrypoints.openai.api_server',
      ]);
      expect(docker('exec', id, 'python3', '-c', 'import os; print(os.getuid())').stdout).toBe('1000\n');
      expect(docker('stop', id).status).toBe(0);
      expect(docker('inspect', '--format', '{{.State.ExitCode}}', id).stdout).toBe('0\n');
    } finally {
      docker('rm', '--force', id);
    }
  });

  it('takes the base image for any model, and mounted profiles before its own', () => {
    const settings = [...SILENT, '--env', 'AIM_MODEL_ID=org/anything', '--env', 'AIM_GPU_MODEL=MI300X'];
    const general = docker('run', ...LOCKED_DOWN, ...settings, base, 'dry-run');
    expect(general.stdout).toMatch(/^# Selected profile: \/workspace\/aim-runtime\/profiles\/general\//);
    const custom = join(REPOSITORY, 'runtime/test/fixtures/custom-profiles');
    const mounted = docker(
      'run',
      ...LOCKED_DOWN,
      ...settings,
      '--volume',
      `${custom}:/workspace/aim-runtime/profiles/custom:ro`,
      base,
      'dry-run',
    );
    expect(mounted.stdout).toMatch(
      /^# Selected profile: \/workspace\/aim-runtime\/profiles\/custom\/vllm-mi300x-fp8-tp1-latency\.yaml/,
    );
  });
});
