import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { findPort } from './ports.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const request = { wanted: undefined, address: '127.0.0.1', refused: new Set<number>() };
const holder = (port: number) => ({ name: 'one', port, state: 'running' }) as Endpoint;

describe('findPort', () => {
  it('gives the first port that no endpoint holds, nobody refused and nobody listens on', async () => {
    const first = await findPort(request, []);
    const second = await findPort(request, [holder(first)]);
    expect(second).toBeGreaterThan(first);
    expect(await findPort({ ...request, refused: new Set([first, second]) }, [])).toBeGreaterThan(second);
  });
  it('gives the port that was asked for', async () => {
    const port = await listen();
    servers.splice(0)[0]?.close();
    expect(await findPort({ ...request, wanted: port }, [])).toBe(port);
  });
  it('tells an address that this host does not have from a port that is taken', async () => {
    const elsewhere = { ...request, address: '192.0.2.1' };
    const message = '--bind: 192.0.2.1 is no address of this host';
    await expect(findPort(elsewhere, [])).rejects.toMatchObject({ code: 'usage', message });
    await expect(findPort({ ...elsewhere, wanted: 8000 }, [])).rejects.toMatchObject({ code: 'usage', message });
  });
  it('says who has a port that was asked for', async () => {
    const port = await listen();
    await expect(findPort({ ...request, wanted: port }, [])).rejects.toThrow(
      `port ${port} is taken by another program`,
    );
    await expect(findPort({ ...request, wanted: 9 }, [holder(9)])).rejects.toThrow(
      'port 9 is taken by the endpoint one',
    );
  });
});
