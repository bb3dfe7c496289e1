import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeGpuTree } from '../../../runtime/scripts/lib/gpu-tree.ts';
import type { Explanation } from '../../src/engine/explain.ts';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-launch-contract-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const { sys, dev } = writeGpuTree(join(scratch, 'host'), { cards: 8, partitions: 1 });
const env = { AIM_SYSFS_ROOT: sys, AIM_DEV_ROOT: dev };
const launch = (...args: string[]) => aimctl(['launch', ...args, '--json'], { env });
const explain = (...args: string[]) => checkedJson('launch', launch(...args, '--explain')) as Explanation;
const failure = (...args: string[]) => {
  const outcome = launch(...args);
  const { error } = checkedJson('error', outcome) as { error: { message: string; hint: string; details: string[] } };
  return { status: outcome.status, ...error };
};

/** Turns a GPU of a written tree into one die of an MI250X. */
function becomeMi250x(sys: string, gpu: number): void {
  const node = join(sys, `class/kfd/kfd/topology/nodes/${gpu + 1}`);
  const properties = readFileSync(join(node, 'properties'), 'utf8')
    .replace('device_id 29857', 'device_id 29708')
    .replace('gfx_target_version 90402', 'gfx_target_version 90010');
  const vramBytes = 65_520 * 2 ** 20;
  writeFileSync(join(node, 'properties'), properties);
  writeFileSync(join(node, 'mem_banks/0/properties'), `heap_type 1\nsize_in_bytes ${vramBytes}\nflags 0\n`);
  const device = join(sys, `class/drm/card${gpu}/device`);
  writeFileSync(join(device, 'device'), '0x740c\n');
  writeFileSync(join(device, 'mem_info_vram_total'), `${vramBytes}\n`);
}

describe('launch --explain', () => {
  it('chooses by size what nobody said, without a Docker Engine', () => {
    const plan = explain('Qwen/Qwen3-32B');
    expect(plan).toMatchObject({
      name: 'aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm',
      precision: 'bf16',
      gpuModel: 'MI300X',
      gpus: ['renderD128', 'renderD129', 'renderD130', 'renderD131'],
    });
    expect(plan.images).toEqual([expect.stringMatching(/^aim-qwen-qwen3-32b:/), expect.stringMatching(/^aim-base:/)]);
    expect(plan.decisions).toContainEqual(expect.stringContaining('32.8 billion parameters'));
    expect(plan.host).toHaveLength(8);
  });

  it('keeps what was said', () => {
    const plan = explain(
      'meta-llama/Llama-3.1-8B-Instruct',
      '2',
      '--precision',
      'fp8',
      '--gpus',
      '6,7',
      '--port',
      '18077',
    );
    expect(plan).toMatchObject({ precision: 'fp8', gpus: ['renderD134', 'renderD135'], port: 18_077 });
    expect(plan.profile).toBe('vllm-mi300x-fp8-tp2-latency');
  });

  it.each([
    ['meta-llama/Llama-3.2-3B-Instruct', [], '< 7B', [true, true, true]],
    ['Qwen/Qwen3-32B', ['--precision', 'fp8', '--gpus', '0'], '7B-32B', [true, false, true]],
    ['meta-llama/Llama-3.3-70B-Instruct', ['1', '--precision', 'fp8'], '32B-70B', [true, true, false]],
    ['meta-llama/Llama-3.1-405B-Instruct', ['8', '--precision', 'fp8'], '> 70B', [true, true, true]],
  ] as const)('holds %s %j against the hardware guide', (model, args, sizes, follows) => {
    const { guide } = explain(model, ...args);
    expect(guide.sizes).toBe(sizes);
    expect(guide.advice.map((each) => each.follows)).toEqual(follows);
  });

  it('takes a profile from a file', () => {
    const file = join(scratch, 'mine.yaml');
    writeFileSync(
      file,
      'metadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 2\n  metric: throughput\n  manual_selection_only: false\n  type: unoptimized\nengine_args:\n  tensor-parallel-size: 2\n',
    );
    expect(explain('acme/Anything', '--profile', file)).toMatchObject({
      profile: 'custom/general/mine',
      metric: 'throughput',
      gpus: ['renderD128', 'renderD129'],
    });
    const ofSglang = readFileSync(file, 'utf8').replace('engine: vllm', 'engine: sglang');
    writeFileSync(file, ofSglang.replace('tensor-parallel-size', 'tp-size'));
    const args = ['acme/Anything', '--profile', file, '--explain', '--engine-args'];
    expect(explain(...args, '{"mem-fraction-static": 0.8}').backend).toBe('sglang');
    expect(failure(...args, '{"max-num-seqs": 4}')).toMatchObject({ status: 2 });
    writeFileSync(file, 'metadata:\n  engine: vlmm\n');
    expect(failure('acme/Anything', '--profile', file, '--explain')).toMatchObject({ status: 3 });
  });

  it('takes a recipe, and says what changed on the way', () => {
    const recipe = join(REPOSITORY, 'recipes/llama-3-1-405b-mi300x-fp8.yaml');
    const plan = explain('meta-llama/Llama-3.1-405B-Instruct', '8', '--precision', 'fp8', '--recipe', recipe);
    expect(plan.profile).toMatch(/^custom\/meta-llama\/Llama-3\.1-405B-Instruct\/vllm-mi300x-fp8-tp8-latency$/);
    expect(plan.notes.join('\n')).toContain('max-num-seqs');
    expect(failure('Qwen/Qwen3-32B', '--recipe', recipe, '--explain')).toMatchObject({ status: 2 });
  });

  it('finds the recipe of a model that no profile serves on these GPUs', () => {
    const tree = writeGpuTree(join(scratch, 'mi250x'), { cards: 8, partitions: 1 });
    for (let gpu = 0; gpu < 8; gpu++) becomeMi250x(tree.sys, gpu);
    const host = { AIM_SYSFS_ROOT: tree.sys, AIM_DEV_ROOT: tree.dev };
    const args = ['launch', 'Qwen/Qwen3-32B', '4', '--precision', 'bf16', '--explain', '--json'];
    const plan = checkedJson('launch', aimctl(args, { env: host })) as Explanation;
    expect(plan).toMatchObject({ precision: 'bf16', gpuModel: 'MI250X' });
    expect(plan.profile).toBe('custom/Qwen/Qwen3-32B/vllm-mi250x-bf16-tp4-latency');
    expect(plan.notes).toContain('the profile comes of the recipe qwen3-32b-mi250-bf16');
  });

  it("prefers the model's own profile to one of a recipe", () => {
    const plan = explain('meta-llama/Llama-3.1-405B-Instruct', '8', '--precision', 'fp8');
    expect(plan.profile).not.toContain('custom/');
  });

  it('explains itself to a person', () => {
    const { stdout, status } = aimctl(['launch', 'Qwen/Qwen3-32B', '--explain'], { env });
    expect(status).toBe(0);
    expect(stdout).toContain('Hardware guide for models of 7B-32B:');
    expect(stdout).toContain('would be served as aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm');
  });
});

describe('launch refuses', () => {
  it.each([
    [['nonsense', '--explain'], 2, 'is no model'],
    [['Qwen/Qwen3-32B', '--precision', 'int4', '--explain'], 2, 'no profile serves Qwen/Qwen3-32B'],
    [['Qwen/Qwen3-32B', '--profile', 'vllm-mi300x-fp16-tp1-latncy', '--explain'], 2, 'neither a file nor a profile'],
    [['Qwen/Qwen3-32B', '--gpus', '9', '--explain'], 2, 'no GPU of this host'],
    [['Qwen/Qwen3-32B', '--env', 'NOVALUE', '--explain'], 2, 'NAME=VALUE'],
    [['Qwen/Qwen3-32B', '--name', '-x y', '--explain'], 2, 'no name of a container'],
    [['Qwen/Qwen3-32B', '--engine-args', '[1]', '--explain'], 2, '--engine-args'],
    [['Qwen/Qwen3-32B', '--bind', 'localhost', '--explain'], 2, 'no IP address'],
    [['Qwen/Qwen3-32B', '--bind', '192.0.2.1', '--explain'], 2, 'no address of this host'],
    [['Qwen/Qwen3-32B', '--image', 'Not An Image', '--explain'], 2, 'no image reference'],
    [['Qwen/Qwen3-32B'], 4, 'no Docker Engine answers'],
  ] as const)('%j', (args, status, text) => {
    const failed = failure(...args);
    expect(failed.status).toBe(status);
    expect([failed.message, ...failed.details].join('\n')).toContain(text);
  });

  it('a host without GPUs', () => {
    const empty = { AIM_SYSFS_ROOT: join(scratch, 'none'), AIM_DEV_ROOT: join(scratch, 'none'), PATH: '' };
    const outcome = aimctl(['launch', 'Qwen/Qwen3-32B', '--explain'], { env: empty });
    expect(outcome.status).toBe(4);
    expect(outcome.stderr).toContain('no usable AMD GPU');
  });
});

describe('aim-engine', () => {
  const program = join(REPOSITORY, 'toolkit/bin/aim-engine.js');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { env: { ...process.env, ...env }, encoding: 'utf8' });

  it('has the commands for endpoints, under its own name', () => {
    const { stdout, status } = run('--help');
    expect(status).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}(\w+) +[A-Z]/gm)].map(([, name]) => name);
    expect(commands).toEqual(['launch', 'list', 'logs', 'restart', 'status', 'stop']);
    expect(run('launch', '--help').stdout).toContain('$ aim-engine launch Qwen/Qwen3-32B 4 --precision bf16');
  });

  it('answers as aimctl does', () => {
    const args = ['launch', 'Qwen/Qwen3-32B', '4', '--precision', 'bf16', '--backend', 'vllm', '--explain', '--json'];
    const { stdout, status } = run(...args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm' });
    expect(run('images').status).toBe(2);
  });
});
