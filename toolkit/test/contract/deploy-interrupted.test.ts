import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { REPOSITORY } from '../lib/aimctl.ts';
import { addNode, startControllers } from '../lib/kube-server/controllers.ts';
import { writeKubeconfig } from '../lib/kube-server/kubeconfig.ts';
import { startKubeServer } from '../lib/kube-server/server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-interrupted-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('says what a busy cluster holds when it is interrupted between two attempts', async () => {
  const server = await startKubeServer();
  const stop = startControllers(server);
  addNode(server, 'gpu-1', 8, { 'amd.com/gpu.device-id': '74a1' });
  let attempts = 0;
  server.faults.refuse = ({ method, path }) => {
    // The first one only asks whether the server would take it.
    const isLate = method === 'PATCH' && path.includes('/poddisruptionbudgets/') && ++attempts > 1;
    return isLate ? 503 : undefined;
  };
  const KUBECONFIG = writeKubeconfig(join(scratch, 'config'), server.url);
  const model = 'meta-llama/Llama-3.1-8B-Instruct';
  const args = ['deploy', model, '--target', 'kubernetes', '--apply', '--cache', 'hostpath'];
  const child = spawn(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), ...args], {
    env: { ...process.env, KUBECONFIG, HF_HUB_OFFLINE: '1', DOCKER_HOST: 'unix:///nonexistent.sock' },
  });
  let stderr = '';
  child.stderr.on('data', (part) => (stderr += String(part)));
  await expect.poll(() => attempts, { timeout: 20_000 }).toBeGreaterThan(2);
  setTimeout(() => child.kill('SIGINT'), 50);
  const [status] = (await once(child, 'close')) as [number | null];
  expect({ status, stderr }).toEqual({ status: 130, stderr: expect.stringMatching(/The cluster holds now/) as string });
  stop();
  await server.close();
});
