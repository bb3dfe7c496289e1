import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeDocker, endpointFacts } from '../../test/lib/fake-containers.ts';
import { failure } from '../exit-codes.ts';
import { restartEndpoint, type RestartOptions } from './restart.ts';
import { stopEndpoint } from './stop.ts';

let server: Server;
let port = 0;
beforeAll(async () => {
  server = createServer((_, response) => response.end('vllm:num_requests_running 0\nvllm:num_requests_waiting 0\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

const options: RestartOptions = {
  ...{ drainSeconds: 5, timeoutMs: 5_000, signal: new AbortController().signal },
  ...{ onProgress: () => undefined, onLine: () => undefined, nowMs: () => performance.now() },
};

describe('restartEndpoint', () => {
  it('drains, ends and starts the same container', async () => {
    const docker = createFakeDocker();
    const one = docker.put('one', endpointFacts({ port }));
    const made = await restartEndpoint(docker.host(), one, options);
    expect(made).toMatchObject({ name: 'one', url: `http://127.0.0.1:${port}`, drain: 'idle' });
    expect(docker.calls.filter((call) => !call.startsWith('readLog'))).toEqual([
      ...['stop one 20', 'start one', 'keepRunning one'],
    ]);
  });

  it.each([
    [{ gpus: ['renderD128', 'renderD130'], port: 9 }, 'GPU renderD128'],
    [{ gpus: ['renderD131'] }, 'port'],
  ])('leaves alone what another endpoint holds: %j', async (facts, what) => {
    const docker = createFakeDocker();
    const kept = docker.put('kept', endpointFacts({ port }), 'exited');
    docker.put('other', endpointFacts({ port, ...facts }));
    const restarting = restartEndpoint(docker.host(), kept, options);
    await expect(restarting).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(`^kept cannot be started: ${what}.* is used by the endpoint other$`) as string,
    });
    expect(docker.calls).toEqual([]);
  });

  it('lets one of two that need the same run', async () => {
    const docker = createFakeDocker();
    const [a, b] = [8, 9].map((each) => docker.put(`kept-${each}`, endpointFacts({ port }), 'exited'));
    const ends = await Promise.allSettled([
      restartEndpoint(docker.host({ startMs: 10 }), a!, options),
      restartEndpoint(docker.host({ startMs: 30 }), b!, options),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect([...docker.all.values()].map(({ state }) => state)).toEqual(['running', 'exited']);
  });

  it('stops a container whose engine ends, so that Docker does not start it for ever', async () => {
    const docker = createFakeDocker();
    const one = docker.put('one', endpointFacts({ port: 1 }), 'exited');
    Object.assign(docker.all.get(one.id)!, { diesWith: 1, log: ['HIP out of memory'] });
    const restarting = restartEndpoint(docker.host(), one, options);
    await expect(restarting).rejects.toThrow('the engine ended: the memory of the GPUs is not enough');
    expect(docker.calls.at(-1)).toBe('stop one 0');
  });

  it('says why Docker does not start the container', async () => {
    const docker = createFakeDocker();
    const one = docker.put('one', endpointFacts({ port: 1 }), 'exited');
    docker.errors.set('start', failure('environment', { message: 'Bind for :::1 failed: port is already allocated' }));
    const restarting = restartEndpoint(docker.host(), one, options);
    await expect(restarting).rejects.toThrow('the container did not start: the port is taken');
  });

  it.each([
    [137, 'limit'],
    [0, 'supervised'],
  ])('tells how a container that drains by itself ended: status %i', async (exitCode, drain) => {
    const docker = createFakeDocker();
    const one = docker.put('one', endpointFacts({ port, supervised: true }));
    docker.all.get(one.id)!.exitCode = exitCode;
    expect(await restartEndpoint(docker.host(), one, options)).toMatchObject({ drain });
    docker.all.get(one.id)!.exitCode = exitCode;
    expect(await stopEndpoint(docker.host(), one, { ...options, keep: true })).toMatchObject({ drain });
  });
});
