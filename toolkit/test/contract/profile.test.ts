import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';

const QWEN = 'Qwen/Qwen3-32B';
const NAME = `${QWEN}/vllm-mi300x-fp16-tp1-latency`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimctl-profile-'));
  cpSync(join(REPOSITORY, 'profiles', QWEN), join(folder, QWEN), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const profile = (command: string, ...args: string[]) => aimctl(['profile', command, ...args, '--profiles', folder]);
const fileOf = (name: string) => join(folder, `${name}.yaml`);
interface Written {
  readonly path: string;
  readonly written: boolean;
  readonly notes: readonly string[];
  readonly text: string;
}

describe('aimctl profile new', () => {
  it('writes a valid profile where its contents say, once', () => {
    const args = ['acme/Tiny', '--gpu', 'mi355x', '--precision', 'fp8', '--gpu-count', '2', '--json'];
    const run = profile('new', ...args);
    const { path, written, text } = checkedJson('profile-new', run) as Written;
    expect({ path, written, status: run.status }).toEqual({
      path: fileOf('acme/Tiny/vllm-mi355x-fp8-tp2-latency'),
      written: true,
      status: 0,
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(text).toMatch(/gpu: MI355X\n {2}precision: fp8\n {2}gpu_count: 2/);
    const again = profile('new', ...args.slice(0, -1));
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('exists already') as string });
    expect(profile('new', ...args, '--force').status).toBe(0);
    expect(profile('list', '--model', 'acme/Tiny').stdout).toContain('2 x MI355X');
    expect(profile('fmt', '--check').status).toBe(0);
  });

  it('writes nothing with --dry-run, and says what to look at', () => {
    const run = profile('new', 'Qwen/Qwen3-235B-A22B', '--gpu', 'MI210', '--precision', 'fp8', '--dry-run', '--json');
    const { written, notes } = checkedJson('profile-new', run) as Written;
    expect(written).toBe(false);
    expect(notes).toEqual([
      expect.stringContaining('does not compute fp8') as string,
      expect.stringMatching(/GiB of weights .* do not fit/) as string,
    ]);
  });

  it.each([
    [['--gpu', 'MI30X'], /Did you mean MI300X\?/],
    [['--gpu', 'MI300X', '--gpu-count', '3'], /--gpu-count/],
    [[], /gpu/],
  ])('refuses %j', (args, message) => {
    expect(profile('new', 'acme/Tiny', ...args)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(message) as string,
    });
  });
});

it.each(['../..', 'foo', 'general/Tiny'])('aimctl profile new refuses the model %s', (name) => {
  expect(profile('new', name, '--gpu', 'MI300X')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`"${name}"`) as string,
  });
});

describe('aimctl profile clone', () => {
  it('adjusts what depends on GPU, precision and count, and keeps the rest with its comments', () => {
    const file = fileOf(NAME);
    writeFileSync(file, readFileSync(file, 'utf8').replace('  max-model-len', '  # long enough\n  max-model-len'));
    const run = profile('clone', NAME, '--gpu', 'MI325X', '--precision', 'fp8', '--gpu-count', '4', '--json');
    const { path, text } = checkedJson('profile-clone', run) as Written;
    expect(path).toBe(fileOf(`${QWEN}/vllm-mi325x-fp8-tp4-latency`));
    expect(text).toContain('  # long enough\n  max-model-len: 32768\n');
    const changes = (checkedJson('profile-diff', profile('diff', NAME, path, '--json')) as { changes: unknown[] })
      .changes;
    expect(changes).toEqual([
      { path: 'model_id', change: 'changed', from: QWEN, to: `${QWEN}-FP8` },
      { path: 'metadata.gpu', change: 'changed', from: 'MI300X', to: 'MI325X' },
      { path: 'metadata.precision', change: 'changed', from: 'fp16', to: 'fp8' },
      { path: 'metadata.type', change: 'changed', from: 'optimized', to: 'unoptimized' },
      { path: 'metadata.gpu_count', change: 'changed', from: 1, to: 4 },
      { path: 'metadata.manual_selection_only', change: 'changed', from: false, to: true },
      { path: 'engine_args.dtype', change: 'changed', from: 'float16', to: 'auto' },
      { path: 'engine_args.tensor-parallel-size', change: 'changed', from: 1, to: 4 },
      { path: 'engine_args.kv-cache-dtype', change: 'added', to: 'fp8' },
    ]);
  });

  it('sets the instruction set of the new GPU and turns kernels off that it lacks', () => {
    const { text: newer } = checkedJson(
      'profile-clone',
      profile('clone', NAME, '--gpu', 'MI355X', '--metric', 'throughput', '--gpu-count', '8', '--dry-run', '--json'),
    ) as Written;
    expect(newer).toMatch(/GPU_ARCHS: "gfx950"[^]*VLLM_ROCM_USE_AITER: "1"/);
    const { text: older } = checkedJson(
      'profile-clone',
      profile('clone', NAME, '--gpu', 'MI250X', '--dry-run', '--json'),
    ) as Written;
    expect(older).toMatch(/GPU_ARCHS: "gfx90a"[^]*VLLM_ROCM_USE_AITER: "0"/);
  });

  it('asks for the checkpoint when no profile of the model knows it', () => {
    expect(profile('clone', NAME, '--precision', 'int4')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--model-id') as string,
    });
    expect(profile('clone', NAME, '--precision', 'int4', '--model-id', 'acme/Four', '--dry-run').stdout).toContain(
      'model_id: acme/Four',
    );
  });
});

describe('aimctl profile diff', () => {
  it('sees no difference in order, spelling and comments', () => {
    const text = readFileSync(fileOf(NAME), 'utf8');
    const other = join(folder, 'other.yaml');
    const moved = text
      .replace('  max-model-len: 32768\n', '')
      .replace('engine_args:\n', 'engine_args:\n  # first\n  max_model_len: 32768\n  enable-foo: false\n');
    writeFileSync(other, moved);
    const run = profile('diff', NAME, other, '--exit-code', '--json');
    expect(checkedJson('profile-diff', run)).toEqual({ equal: true, changes: [] });
    expect(run.status).toBe(0);
  });

  it('compares with a revision, hides secrets and exits with 3 when asked to', () => {
    const git = (...args: string[]) =>
      spawnSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    git('init', '-q');
    git('add', '.');
    expect(git('commit', '-q', '-m', 'first').status).toBe(0);
    const file = fileOf(NAME);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('env_vars:\n', 'env_vars:\n  MY_API_KEY: "sk-1234567890"\n'),
    );
    const run = profile('diff', `HEAD:${NAME}`, NAME, '--exit-code');
    expect(run.status).toBe(3);
    expect(run.stdout).toMatch(/^\+ env_vars\.MY_API_KEY: /);
    expect(run.stdout).not.toContain('sk-1234567890');
    expect(profile('diff', `v9:${NAME}`, NAME)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be read as of v9') as string,
    });
  });
});

describe('aimctl profile fmt', () => {
  it('formats once, says what it changed, and --check fails before and passes after', () => {
    const file = fileOf(NAME);
    const [head = '', ...rest] = readFileSync(file, 'utf8').split('\nmetadata:');
    const clean = readFileSync(file, 'utf8');
    writeFileSync(file, `metadata:${rest.join('')}${head}\n`.replace('"1"', '1'));
    const check = profile('fmt', '--check', '--json');
    expect(check.status).toBe(3);
    expect(checkedJson('profile-fmt', check)).toEqual({
      files: expect.any(Number) as number,
      changed: [file],
      written: false,
    });
    expect(profile('fmt', file).stdout).toContain('1 of 1 profile formatted');
    expect(readFileSync(file, 'utf8').split('\n').sort()).toEqual(clean.split('\n').sort());
    expect(profile('fmt', '--check').status).toBe(0);
  });
});

it.each([
  ['fmt', []],
  ['clone', [NAME, '--gpu', 'MI325X', '--output']],
  ['new', ['acme/Tiny', '--gpu', 'MI325X', '--output']],
] as const)('aimctl profile %s says what is wrong with a path', (command, args) => {
  const place = join(fileOf(NAME), 'below.yaml');
  const run = profile(command, ...args, place);
  expect(run.stderr).toContain(place);
  expect(run.status).toBe(command === 'fmt' ? 2 : 4);
});

describe('aimctl profile list', () => {
  it('filters without regard to case and names invalid files', () => {
    writeFileSync(fileOf('broken'), 'metadata: {gpu: 1}\n');
    const run = profile('list', '--gpu', 'mi300x', '--precision', 'fp8', '--metric', 'latency', '--json');
    const { profiles, invalid } = checkedJson('profile-list', run) as {
      profiles: { name: string }[];
      invalid: string[];
    };
    expect(profiles.map(({ name }) => name)).toEqual([
      `${QWEN}/vllm-mi300x-fp8-tp1-latency`,
      `${QWEN}/vllm-mi300x-fp8-tp2-latency`,
    ]);
    expect(invalid).toEqual([fileOf('broken')]);
  });
});
