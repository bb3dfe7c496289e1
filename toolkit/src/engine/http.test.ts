import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askFirst } from './http.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(text: string, port = 0, onRequest?: () => Promise<unknown>): Promise<number> {
  const server = createServer((_request, response) => {
    void (onRequest?.() ?? Promise.resolve()).then(() => response.end(text));
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
async function findClosedPort(): Promise<number> {
  const port = await listen('');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;

describe('askFirst', () => {
  it('passes over addresses that do not answer', async () => {
    const [closed, open] = [await findClosedPort(), await listen('second')];
    const found = await askFirst([urlOf(closed), urlOf(open)], '/', { timeoutMs: 5_000 });
    expect(found).toEqual({ url: urlOf(open), answer: { status: 200, body: 'second' } });
  });

  it('prefers the first address though the server began to listen only after it was asked', async () => {
    const late = await findClosedPort();
    const other = await listen('second', 0, () => listen('first', late));
    const found = await askFirst([urlOf(late), urlOf(other)], '/', { timeoutMs: 5_000 });
    expect(found).toEqual({ url: urlOf(late), answer: { status: 200, body: 'first' } });
  });

  it('says when none answers', async () => {
    expect(await askFirst([urlOf(await findClosedPort())], '/', { timeoutMs: 5_000 })).toBeUndefined();
  });
});
