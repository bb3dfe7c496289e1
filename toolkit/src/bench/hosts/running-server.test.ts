import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerDetails } from '../../docker/containers.ts';
import type { ClientEvent, ClientRequest } from '../client-protocol.ts';
import { isEngineFailure } from '../engine-failure.ts';
import type { EngineSite } from './engine-site.ts';
import { createRunningServer, type StartedServer } from './running-server.ts';

const signal = new AbortController().signal;
const sample = { atMs: 0, gpus: Array.from({ length: 8 }, (_, index) => ({ index, powerWatt: 100 })) };
const CLIENT = `console.log(${JSON.stringify(JSON.stringify({ type: 'gpu', sample }))});
  console.log(JSON.stringify({ type: 'done', fromMs: 0, toMs: 1, health: {} })); process.exit(0);`;

let server: Server;
let isReady = true;
beforeEach(async () => {
  isReady = true;
  server = createServer((request, response) => {
    response.statusCode = isReady ? 200 : 503;
    response.end(request.url === '/v1/models' ? '{"data":[{"id":"acme/Model"}]}' : '{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

interface Happening {
  readonly state?: () => ContainerDetails['state'];
  readonly log?: string;
  readonly client?: string;
}

/** Starts to serve on an engine of which only the container, its log and the load client are told. */
function start({ state = () => 'running', log = '', client = CLIENT }: Happening) {
  const container = () => ({ id: 'c', state: state(), addresses: [], exitCode: 1, outOfMemory: false, startError: '' });
  const site = {
    containers: {
      inspect: () => Promise.resolve(container()),
      readLog: () => (log === '' ? [] : [log]),
    },
    machine: {
      reachUrl: (url: string) => Promise.resolve(url),
      start: () => Promise.resolve(spawn(process.execPath, ['-e', client], { stdio: 'pipe' })),
    },
    facts: { driver: undefined, has: { docker: true, amdSmi: true, kfd: true } },
  } as unknown as EngineSite;
  const { port } = server.address() as AddressInfo;
  const facts = {
    address: '127.0.0.1',
    port,
    containerPort: port,
    gpus: ['renderD131'],
    backend: 'vllm',
    gpuModel: 'x',
  };
  const plan = { facts, name: 'n', choice: { gpus: [{ id: 'renderD131', index: 3 }] } };
  const started = { id: 'c', plan, image: { reference: 'i' }, digest: null } as unknown as StartedServer;
  return createRunningServer(site, started, { timeoutMs: 300, signal, onPhase: () => undefined });
}

const request = { point: { dataset: { kind: 'random' } }, amdSmi: [] } as unknown as Omit<ClientRequest, 'baseUrl'>;
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

describe('a server in a container', () => {
  it('has samples of its own GPUs only', async () => {
    const running = await start({});
    const events: ClientEvent[] = [];
    await running.measure(request, (event) => events.push(event), signal);
    expect(events).toMatchObject([{ sample: { gpus: [{ index: 3, powerWatt: 100 }] } }, { type: 'done' }]);
  });

  it.each([
    { log: 'ValueError: max_num_seqs must be positive', isOwn: true },
    { log: 'torch.OutOfMemoryError: HIP out of memory', isOwn: true },
    { log: 'Max retries exceeded with url: /api/models', isOwn: false },
    { log: 'OSError: No space left on device', isOwn: false },
  ])('that ends with "$log" failed itself: $isOwn', async ({ log, isOwn }) => {
    const error = await failureOf(start({ state: () => 'exited', log }));
    expect(error?.message).toContain('the engine ended');
    expect(isEngineFailure(error!)).toBe(isOwn);
  });

  it('failed itself when it is not ready in time, and when it ends while it is measured', async () => {
    let state: ContainerDetails['state'] = 'running';
    const running = await start({ state: () => state, log: 'Segmentation fault', client: 'setInterval(() => {}, 99)' });
    const measuring = failureOf(running.measure(request, () => undefined, signal));
    state = 'exited';
    expect(isEngineFailure((await measuring)!)).toBe(true);
    isReady = false;
    const error = await failureOf(start({}));
    expect([error?.message, isEngineFailure(error!)]).toEqual([expect.stringContaining('not ready after'), true]);
  });
});
