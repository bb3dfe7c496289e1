import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderLabels } from '../../src/engine/endpoint.ts';
import { checkedJson, REPOSITORY, type Outcome } from '../lib/aimctl.ts';
import { endpointFacts } from '../lib/fake-containers.ts';

/** Endpoints that ended; the engine can neither remove nor start `two`, nor read its log. */
const NAMES = ['one', 'two'];
const idOf = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0');

let server: Server;
beforeAll(async () => {
  server = createServer(({ method = '', url = '' }, response) => {
    const isTwo = url.includes(idOf('two'));
    const refuse = (message: string) => response.writeHead(409).end(JSON.stringify({ message }));
    if (url === '/_ping') response.end('OK');
    else if (url.startsWith('/containers/json')) response.end(JSON.stringify(NAMES.map(summaryOf)));
    else if (isTwo && url.includes('/logs')) refuse('can not get logs from container which is dead');
    else if (isTwo && url.endsWith('/start')) refuse('container is marked for removal and cannot be started');
    else if (isTwo && url.includes('/stop')) refuse('container is marked for removal');
    else if (url.endsWith('/json')) response.end(JSON.stringify(detailsOf(isTwo ? 'two' : 'one')));
    else response.writeHead(method === 'GET' ? 200 : 204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

function summaryOf(name: string): object {
  const port = name === 'one' ? 8001 : 8002;
  const Labels = renderLabels(endpointFacts({ port, gpus: [`renderD${port}`] }));
  return { Id: idOf(name), Names: [`/${name}`], Image: 'aim:1', State: name === 'one' ? 'exited' : 'dead', Labels };
}

function detailsOf(name: string): object {
  const State = { Status: 'dead', StartedAt: '2026-01-01T00:00:00Z', ExitCode: 1, OOMKilled: false, Error: '' };
  return { Id: idOf(name), Name: `/${name}`, Created: '2026-01-01T00:00:00Z', Config: { Image: 'aim:1' }, State };
}

async function run(...args: string[]): Promise<Outcome> {
  const { port } = server.address() as AddressInfo;
  const env = { ...process.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` };
  const child = spawn(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), ...args], { env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

describe('a container that the engine cannot handle', () => {
  it('does not keep the others from being stopped, nor what became of them from being told', async () => {
    const outcome = await run('stop', '--all', '--json');
    expect(checkedJson('stop', outcome)).toMatchObject({
      stopped: [{ name: 'one', drain: 'down', removed: true }],
      failed: [{ name: 'two', error: { code: 'environment', message: expect.stringMatching(/^two: /) as string } }],
    });
    expect(outcome.status).toBe(4);
    const { stdout, status } = await run('stop', '--all');
    expect(stdout).toMatch(/^one: stopped and removed .*\ntwo: the Docker Engine did not stop the container: .*\n$/);
    expect(status).toBe(4);
  });

  it('is the failure of the command when it is the only one', async () => {
    const outcome = await run('stop', 'two', '--json');
    expect(checkedJson('error', outcome)).toMatchObject({
      error: { message: expect.stringContaining('two') as string },
    });
    expect(outcome.status).toBe(4);
  });

  it('is told among those that did not restart', async () => {
    const outcome = await run('restart', '--all', '--timeout', '1', '--json');
    const { restarted, failed } = checkedJson('restart', outcome) as { restarted: object[]; failed: object[] };
    expect(restarted).toEqual([]);
    expect(failed).toMatchObject([{ name: 'one' }, { name: 'two' }]);
    expect(outcome.status).toBe(4);
  });

  it('is listed with the others', async () => {
    const outcome = await run('list', '--json');
    expect(checkedJson('list', outcome)).toMatchObject({
      endpoints: [
        { name: 'one', health: 'stopped' },
        { name: 'two', health: 'stopped', detail: 'exit status 1' },
      ],
    });
    expect(outcome.status).toBe(0);
  });
});
