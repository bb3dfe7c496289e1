import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../src/bench/result.ts';
import { REPOSITORY, type Outcome } from '../lib/aimctl.ts';
import { addNode, startControllers, type ControllerOptions } from '../lib/kube-server/controllers.ts';
import { writeKubeconfig } from '../lib/kube-server/kubeconfig.ts';
import { createPodRunner } from '../lib/kube-server/processes.ts';
import { startKubeServer, type KubeServer } from '../lib/kube-server/server.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
/** A busy machine makes figures invalid, which says nothing of how they came. */
const MEASURED = [0, 3];
const PROFILES = ['vllm-mi300x-fp16-tp1-latency', 'vllm-mi300x-fp16-tp1-throughput'];

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-bench-k8s-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A cluster whose pods are processes of this machine, unless `options` say how they fare. */
async function openCluster(options?: ControllerOptions): Promise<{ server: KubeServer; config: string }> {
  const server = await startKubeServer();
  closers.push(() => server.close());
  const run = createPodRunner(server, { folder: join(scratch, 'volumes'), model: MODEL });
  closers.push(startControllers(server, options ?? { run }));
  addNode(server, 'gpu-1', 1, { 'amd.com/gpu.device-id': '74a1' });
  addNode(server, 'gpu-2', 1, { 'amd.com/gpu.device-id': '74a1' });
  return { server, config: writeKubeconfig(join(scratch, `${Math.random()}.yaml`), server.url) };
}

function bench(config: string, output: string, ...more: string[]) {
  const args = ['bench', '--host', 'k8s://test/default', '--output', output, '--concurrency', '4'];
  const load = ['--input-len', '16', '--output-len', '8', '--repeats', '1', '--warmup', '0', '--format', 'csv'];
  const names = more.includes('--profile') ? [] : ['--profile', `${MODEL}/${PROFILES[0]}`];
  const env = { ...process.env, KUBECONFIG: config, HF_HUB_OFFLINE: '1' };
  const requests = more.includes('--requests') ? [] : ['--requests', '20'];
  const all = [...args, ...load, ...names, ...requests, ...more];
  const child = spawn(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), ...all], { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => (stdout += String(part)));
  child.stderr.on('data', (part) => (stderr += String(part)));
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

function resultOf(output: string): BenchResult {
  return JSON.parse(readFileSync(join(output, 'result.json'), 'utf8')) as BenchResult;
}

async function until(met: () => boolean): Promise<void> {
  for (let left = 600; !met(); left--) {
    if (left === 0) throw new Error('it never came to that');
    await sleep(50);
  }
}

describe('aimctl bench on Kubernetes', () => {
  it('measures profiles at the same time, over cut logs, and leaves nothing', async () => {
    const { server, config } = await openCluster();
    server.faults.cutLog = { after: 2, how: 'break' };
    let most = 0;
    server.store.listen(() => {
      const running = server.store.list('Pod').filter(({ status }) => status.phase === 'Running').length;
      most = Math.max(most, running);
    });
    const output = join(scratch, 'both');
    const profiles = PROFILES.flatMap((name) => ['--profile', `${MODEL}/${name}`]);
    const secrets = new Set<string>();
    server.store.listen(({ object: { kind, spec } }) => {
      const { imagePullSecrets = [] } = spec as { imagePullSecrets?: readonly { name: string }[] };
      if (kind === 'Pod') secrets.add(imagePullSecrets.map(({ name }) => name).join());
    });
    const more = ['--requests', '200', '--pull-secret', 'mine', '--pull-secret', 'yours'];
    const { status, stderr } = await bench(config, output, ...profiles, ...more).ended;
    expect(MEASURED, stderr).toContain(status);
    const { points, host } = resultOf(output);
    expect(host).toBe('k8s://test/default');
    expect(points.map(({ profile }) => profile).sort()).toEqual(PROFILES.map((name) => `${MODEL}/${name}`));
    for (const { repeats } of points) expect(repeats[0]?.outcomes.ok).toBe(200);
    expect(most).toBe(2);
    expect([...secrets]).toEqual(['mine,yours']);
    expect(server.store.list('Job')).toEqual([]);
    expect(server.store.list('ConfigMap')).toEqual([]);
  });

  it('finds the job of a program that was killed, and its results', async () => {
    const { server, config } = await openCluster();
    const output = join(scratch, 'killed');
    const first = bench(config, output);
    await until(() => server.requests.some(({ path }) => path.endsWith('/log')));
    first.kill('SIGKILL');
    await first.ended;
    expect(server.store.list('Job')).toHaveLength(1);
    await until(() => server.store.list('Job')[0]?.status.succeeded === 1);
    const { stderr, status } = await bench(config, output, '--resume').ended;
    expect(stderr).toMatch(/Going on with the job aim-bench-/);
    expect(MEASURED, stderr).toContain(status);
    expect(resultOf(output).points[0]?.repeats[0]?.outcomes.ok).toBe(20);
    const made = server.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/jobs/'));
    expect(made).toHaveLength(1);
  });

  it('goes on with another pod when one is lost', async () => {
    const { server, config } = await openCluster();
    const output = join(scratch, 'lost');
    const { ended } = bench(config, output, '--requests', '1500');
    await until(() => server.requests.some(({ path }) => path.endsWith('/log')));
    const [pod] = server.store.list('Pod');
    server.store.remove(pod!);
    const { status, stderr } = await ended;
    expect(MEASURED, stderr).toContain(status);
    expect(resultOf(output).points[0]?.repeats[0]?.outcomes.ok).toBe(1500);
    const lost = server.requests.filter(({ path }) => path.endsWith('/log')).map(({ path }) => path);
    expect(new Set(lost).size).toBe(2);
  });

  it('removes its jobs when it is interrupted', async () => {
    const { server, config } = await openCluster();
    const output = join(scratch, 'interrupted');
    const { ended, kill } = bench(config, output, '--requests', '100000');
    await until(() => server.requests.some(({ path }) => path.endsWith('/log')));
    kill('SIGINT');
    expect((await ended).status).toBe(130);
    expect(server.store.list('Job')).toEqual([]);
    expect(server.store.list('Pod')).toEqual([]);
  });

  it('names the job that it could not remove when it was interrupted', async () => {
    const { server, config } = await openCluster();
    const { ended, kill } = bench(config, join(scratch, 'left'), '--requests', '100000');
    await until(() => server.requests.some(({ path }) => path.endsWith('/log')));
    server.faults.refuse = () => 503;
    kill('SIGINT');
    const { status, stderr } = await ended;
    const [job] = server.store.list('Job');
    expect(status).toBe(130);
    expect(stderr).toContain(`kubectl delete job ${job?.metadata.name ?? ''} --namespace default`);
    server.store.remove(job!);
  });

  it('says why a server does not start', async () => {
    const { config, server } = await openCluster({ fate: () => 'image-pull' });
    const { status, stderr } = await bench(config, join(scratch, 'image')).ended;
    expect(stderr).toMatch(/image cannot be pulled/);
    expect(status).toBe(3);
    expect(server.store.list('Job')).toEqual([]);
  });

  it('says everything that is wrong with a cluster before it writes', async () => {
    const { config, server } = await openCluster();
    server.denied.add('create jobs').add('get pods/log');
    const output = join(scratch, 'denied');
    expect(await bench(config, output).ended).toMatchObject({
      status: 5,
      stderr: expect.stringMatching(/may not create Jobs, get Pods\/log in the namespace default/) as string,
    });
    expect(existsSync(output)).toBe(false);
  });
});
