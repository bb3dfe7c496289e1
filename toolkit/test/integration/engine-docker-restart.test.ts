import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerd, type RunningDockerd } from '../../../scripts/dockerd.ts';
import { readHost } from '../../../scripts/host.ts';
import type { EndpointReport } from '../../src/engine/observe.ts';
import { copyImages, createEndpointHost, docker, type EndpointHost } from '../lib/endpoint-host.ts';
import { findTestEngine } from './engine.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const BRIDGE = `aim${process.pid}`;
const ip = (...args: string[]): number | null => spawnSync('ip', args).status;

/** An engine of its own needs a bridge of its own, so that neither disturbs this machine's. */
function canRunDockerd(): boolean {
  const { isRoot, has } = readHost(process.env);
  return isRoot && has('dockerd') && has('ip');
}

describe.skipIf((await findTestEngine()) === undefined || !canRunDockerd())('when Docker is restarted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aim-own-docker-'));
  const socket = `unix://${folder}/docker.sock`;
  let host: EndpointHost;
  let engine: RunningDockerd;

  const start = (): Promise<RunningDockerd> =>
    startDockerd({
      program: 'dockerd',
      args: [
        ...['--host', socket, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
        ...['--pidfile', join(folder, 'run/docker.pid'), '--bridge', BRIDGE, '--iptables=false', '--ip6tables=false'],
        ...['--ip-forward=false', '--ip-masq=false'],
      ],
      runDir: join(folder, 'run'),
      logFile: join(folder, 'dockerd.log'),
      answers: () => Promise.resolve(docker('--host', socket, 'version').status === 0),
      timeoutMs: 60_000,
      say: () => undefined,
    });
  const list = async (): Promise<readonly EndpointReport[]> => {
    const { stdout } = await host.run(['list', '--json', '--host', socket]);
    return (JSON.parse(stdout) as { endpoints: EndpointReport[] }).endpoints;
  };

  beforeAll(async () => {
    mkdirSync(join(folder, 'run'));
    expect(ip('link', 'add', 'name', BRIDGE, 'type', 'bridge')).toBe(0);
    ip('address', 'add', '172.31.251.1/24', 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    host = await createEndpointHost([MODEL], 4);
    engine = await start();
    expect(await copyImages(host.images, socket)).toBe(0);
  });
  afterAll(async () => {
    await engine.stop();
    ip('link', 'delete', BRIDGE);
    host.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds the endpoints again with everything known of them, running and stopped ones', async () => {
    const launch = (...args: string[]) =>
      host.run(['launch', MODEL, '--bind', '127.0.0.1', '--host', socket, '--no-test', ...args]);
    const first = await launch('1', '--name', 'runs');
    expect(first.status, first.stderr).toBe(0);
    expect((await launch('2', '--name', 'stopped')).status).toBe(0);
    expect((await host.run(['stop', 'stopped', '--keep', '--host', socket])).status).toBe(0);
    const before = await list();
    expect(before.map(({ health }) => health)).toEqual(['ready', 'stopped']);
    await engine.stop();
    expect((await host.run(['list', '--json', '--host', socket])).status).toBe(4);
    engine = await start();
    await expect.poll(async () => (await list())[0]?.health, { timeout: 60_000, interval: 500 }).toBe('ready');
    const after = await list();
    const facts = (endpoints: readonly EndpointReport[]) =>
      endpoints.map(({ name, health, model, profile, gpus, port, containerId }) => {
        return { name, health, model, profile, gpus, port, containerId };
      });
    expect(facts(after)).toEqual(facts(before));
    const next = await launch('1', '--json');
    expect(next.status, next.stderr).toBe(0);
    const { gpus } = JSON.parse(next.stdout) as { gpus: string[] };
    expect(gpus).not.toEqual(after[0]?.gpus);
  });
});
