import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { REPOSITORY, type Outcome } from './aimctl.ts';
import { addNode, startControllers, type ControllerOptions } from './kube-server/controllers.ts';
import { startKserve } from './kube-server/kserve.ts';
import { writeKubeconfig } from './kube-server/kubeconfig.ts';
import { startKubeServer, type KubeServer, type KubeServerOptions } from './kube-server/server.ts';

export const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
export const NAME = 'aim-llama-3-1-8b-instruct';
export const TOKEN = 'token-that-nobody-prints';
/** Device id of MI300X. */
const LABELS = { 'amd.com/gpu.device-id': '74a1' };

export interface TestCluster {
  readonly server: KubeServer;
  readonly run: (...args: string[]) => Promise<Outcome>;
  /** Starts a command whose process can be told to end. */
  readonly start: (...args: string[]) => { readonly ended: Promise<Outcome>; readonly kill: () => void };
}

/** A cluster with a GPU node and a storage class, and the program with a configuration of it; gone with its test. */
export async function openTestCluster(options: ControllerOptions & KubeServerOptions = {}): Promise<TestCluster> {
  const server = await startKubeServer({ token: TOKEN, ...options });
  const stops = [startControllers(server, options), startKserve(server)];
  addNode(server, 'gpu-1', 8, LABELS);
  server.store.put({
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' },
    metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  } as never);
  const folder = mkdtempSync(join(tmpdir(), 'aimctl-cluster-'));
  const config = writeKubeconfig(join(folder, 'config.yaml'), server.url, { token: TOKEN });
  const start = (...args: string[]) => startAimctl(args, { KUBECONFIG: config });
  onTestFinished(async () => {
    for (const stop of stops) stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return { server, start, run: (...args) => start(...args).ended };
}

/** A deployment of {@link MODEL} that is brought into the cluster. */
export const apply = (...args: string[]) => ['deploy', MODEL, '--target', 'kubernetes', '--apply', ...args];

/** Starts the program without a hub or a Docker Engine to ask. */
export function startAimctl(args: readonly string[], more: Record<string, string>) {
  const env = { ...process.env, HF_HUB_OFFLINE: '1', DOCKER_HOST: 'unix:///nonexistent.sock', ...more };
  const child = spawn(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), ...args], { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => (stdout += String(part)));
  child.stderr.on('data', (part) => (stderr += String(part)));
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { ended, kill: () => void child.kill('SIGINT') };
}

/** Waits until something is so, for 15 seconds at most. */
export async function until(met: () => boolean): Promise<void> {
  for (let left = 300; !met(); left--) {
    if (left === 0) throw new Error('it never came to that');
    await pause(50);
  }
}

export function pause(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
