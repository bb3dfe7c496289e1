import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../src/bench/result.ts';
import { checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { containersOf, countRepeats, killOnce, waitUntilClean, type Victim } from '../lib/bench-kills.ts';
import { createEndpointHost, type EndpointHost } from '../lib/endpoint-host.ts';
import { startSshServer, type SshServer } from '../lib/ssh-server.ts';
import { findTestEngine, type Run, type RunOptions } from './engine.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const PROFILE = `${MODEL}/vllm-mi300x-fp16-tp1-latency`;
const QUICK = ['--requests', '6', '--warmup', '0', '--input-len', '8', '--output-len', '4'];
const FAST = ['--env', 'AIM_SIM_TTFT_MS=5', '--env', 'AIM_SIM_TOKENS_PER_SECOND=400'];

interface Report {
  readonly output: string;
  readonly points: readonly { key: string; repeats: number }[];
  readonly failures: readonly { profile: string; code: string; message: string }[];
  readonly missed: readonly { text: string }[];
}

describe.skipIf((await findTestEngine()) === undefined)('aimctl bench on a Docker Engine', () => {
  let host: EndpointHost;
  let ssh: SshServer;
  let image = '';
  const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-hosts-'));
  const bench = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
    host.run(['bench', '--image', image, ...QUICK, ...FAST, ...args, '--json'], options);
  const overSsh = () => ['--host', 'ssh://gpu-node', '--ssh-config', ssh.config];
  const report = (run: Run): Report => {
    // How busy this machine is decides about validity, which is not what is tested here.
    expect([0, 3], run.stderr + run.stdout).toContain(run.status);
    return checkedJson('bench', run) as Report;
  };
  /** A copy of the profile with another text, which no image holds. */
  const writeProfile = (name: string, edit: (text: string) => string): string => {
    const path = join(scratch, `${name}.yaml`);
    writeFileSync(path, edit(readFileSync(join(REPOSITORY, 'profiles', `${PROFILE}.yaml`), 'utf8')));
    return path;
  };

  beforeAll(async () => {
    host = await createEndpointHost([MODEL], 8);
    image = host.images[1]!;
    const { AIM_SYSFS_ROOT = '', AIM_DEV_ROOT = '', AIM_CACHE_PATH = '' } = host.env;
    ssh = await startSshServer({ AIM_SYSFS_ROOT, AIM_DEV_ROOT, AIM_CACHE_PATH });
  });
  afterAll(async () => {
    await ssh.remove();
    host.remove();
    rmSync(scratch, { recursive: true });
  });

  it('measures profiles one after the other, each on its own GPUs, and goes on after one that cannot start', async () => {
    const wide = writeProfile('wide', (text) => text.replace('gpu_count: 1', 'gpu_count: 2'));
    const broken = writeProfile('broken', (text) =>
      text.replace(/engine_args:\n/, 'engine_args:\n  no-such-argument: 1\n'),
    );
    const output = join(scratch, 'matrix');
    const profiles = [PROFILE, broken, wide].flatMap((profile) => ['--profile', profile]);
    const limit = ['--slo', 'ttft:0.01', '--require', '0.5'];
    const run = await bench([...profiles, ...limit, '--repeats', '1', '--output', output, '--format', 'csv']);
    expect(run.status, run.stderr).toBe(3);
    const { points, failures, missed } = report(run);
    expect(missed).toHaveLength(2);
    expect(failures).toMatchObject([{ profile: 'broken', code: 'usage' }]);
    expect(failures[0]?.message).toContain('the engine ended');
    expect(points.map(({ repeats }) => repeats)).toEqual([1, 1]);
    const result = JSON.parse(readFileSync(join(output, 'result.json'), 'utf8')) as BenchResult;
    expect(result.points.map(({ profile, identity }) => [profile, identity.gpuCount])).toEqual([
      [PROFILE, 1],
      ['wide', 2],
    ]);
    const [first] = result.points;
    expect(first?.identity).toMatchObject({ image, engine: 'vllm', model: MODEL, gpu: 'MI300X' });
    expect(first?.identity.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(first?.repeats[0]).toMatchObject({ outcomes: { ok: 6 }, vllm: { completed: 6, totalOutputTokens: 24 } });
    expect(existsSync(join(output, 'report.csv'))).toBe(true);
    expect(containersOf(image)).toEqual([]);
  });

  it('leaves nothing when it is interrupted, and is resumed', async () => {
    const output = join(scratch, 'interrupted');
    const args = ['--profile', PROFILE, '--repeats', '2', '--output', output];
    let sent = false;
    const cut = await bench(args, {
      onStderr: (text, kill) => {
        if (!sent && text.includes('"event":"done"')) kill('SIGINT');
        sent ||= text.includes('"event":"done"');
      },
    });
    expect(cut.status, cut.stderr).toBe(130);
    expect(containersOf(image)).toEqual([]);
    const kept = countRepeats({ output });
    expect(kept).toBeGreaterThan(0);
    const { points } = report(await bench([...args, '--resume']));
    expect(points.map(({ repeats }) => repeats)).toEqual([2]);
  });

  it('leaves no container and loses at most one repeat when it is killed, here and over ssh', async () => {
    const shared = ['--profile', PROFILE, '--image', image, ...QUICK, ...FAST, '--repeats', '60', '--format', 'csv'];
    const temporary = mkdtempSync(join(scratch, 'tmp-'));
    const victim = (name: string, args: readonly string[]): Victim => ({
      ...{ image, env: { ...host.env, TMPDIR: temporary }, output: join(scratch, name) },
      args: [...shared, ...args],
    });
    const [here, there] = [victim('killed', []), victim('killed-ssh', overSsh())];
    for (const [each, moment] of [
      [here, { repeats: 0, thenMs: 1_500 }],
      [here, { repeats: 1, thenMs: 300 }],
      [there, { repeats: 1, thenMs: 0 }],
    ] as const) {
      const { started, kept, reported, cleanedMs, finished } = await killOnce(each, moment);
      expect({ finished, clean: cleanedMs !== undefined }).toEqual({ finished: false, clean: true });
      expect(started - kept).toBeLessThanOrEqual(1);
      expect(kept).toBeGreaterThanOrEqual(reported);
    }
    expect(countRepeats(here)).toBeGreaterThan(0);
    // Nor the folder of the connection, which the program itself could not remove.
    const ours = () => readdirSync(temporary).filter((name) => name.startsWith('aim-'));
    await expect.poll(ours, { timeout: 20_000 }).toEqual([]);
  });

  it('removes at the next start what nobody was left to remove', async () => {
    const args = ['--profile', PROFILE, '--repeats', '50', '--output', join(scratch, 'orphan')];
    let killed = false;
    await bench(args, {
      onStderr: (text, kill) => {
        if (killed || !text.includes('"event":"done"')) return;
        killed = true;
        for (const pid of agentsOf(host.env)) process.kill(pid, 'SIGKILL');
        kill('SIGKILL');
      },
    });
    const [orphan = ''] = containersOf(image);
    expect(orphan).toMatch(/^aim-bench-/);
    const next = await bench(['--profile', PROFILE, '--repeats', '1', '--output', join(scratch, 'next')]);
    expect(next.stderr).toContain(`Removed ${orphan}`);
    report(next);
    expect(containersOf(image)).toEqual([]);
  });

  it('measures on another machine and leaves nothing but a cache there', async () => {
    const args = [...overSsh(), '--profile', PROFILE, '--repeats', '1', '--output', join(scratch, 'ssh')];
    const { points } = report(await bench(args));
    expect(points.map(({ repeats }) => repeats)).toEqual([1]);
    const result = JSON.parse(readFileSync(join(scratch, 'ssh/result.json'), 'utf8')) as BenchResult;
    expect(result).toMatchObject({ host: 'gpu-node', points: [{ identity: { gpu: 'MI300X', gpuCount: 1 } }] });
    expect(containersOf(image)).toEqual([]);
    const kept = readdirSync(join(ssh.cacheDir, 'aim/bench'));
    expect(kept.filter((name) => name.includes('client.mjs') || name.includes('agent.mjs'))).toHaveLength(2);
    expect(kept.filter((name) => !/-(?:client|agent)\.mjs$|^node-/.test(name))).toEqual([]);
  });

  it('removes its container when the connection breaks, and says what broke', async () => {
    const args = [...overSsh(), '--profile', PROFILE, '--repeats', '50', '--output', join(scratch, 'broken-ssh')];
    let cut = false;
    const run = await bench(args, {
      onStderr: (text) => {
        if (cut || !text.includes('"event":"done"')) return;
        cut = true;
        ssh.cut();
      },
    });
    expect(cut).toBe(true);
    expect([3, 4, 5], run.stderr).toContain(run.status);
    expect(run.stderr).toMatch(/failed/);
    expect(await waitUntilClean(image)).toBe(true);
    await sleep(100);
    const refused = await bench([...overSsh(), '--profile', PROFILE, '--output', join(scratch, 'refused')]);
    expect(refused.status).toBe(4);
    expect(checkedJson('error', refused)).toMatchObject({ error: { message: 'no connection to gpu-node by ssh' } });
  });
});

/** Agents of a host with this environment. */
function agentsOf(env: Readonly<Record<string, string>>): number[] {
  const marker = `AIM_SYSFS_ROOT=${env['AIM_SYSFS_ROOT'] ?? ''}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const runs = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return runs.includes('hosts/agent/main.ts') && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker);
      } catch {
        return false;
      }
    })
    .map(Number);
}
