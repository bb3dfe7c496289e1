import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { createDirectConnector } from './direct-connector.ts';

let end: () => Promise<void> = () => Promise.resolve();
afterEach(() => end());

/** A pool of direct connections to a server that answers every request by this. */
async function startPool(answer: (socket: Socket, request: string) => void): Promise<Pool> {
  const server = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => undefined);
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connect: createDirectConnector(2000), pipelining: 1 });
  end = async () => {
    await pool.destroy();
    server.close();
  };
  return pool;
}

interface Told {
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** By `dispatch`, as pieces of a body are valid only while the handler runs. */
const ask = (pool: Pool, path: string) =>
  new Promise<Told>((resolve, reject) => {
    const told: { headers: Record<string, unknown>; text: string } = { headers: {}, text: '' };
    pool.dispatch(
      { method: 'GET', path },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, __, headers) => void Object.assign(told.headers, headers),
        onResponseData: (_, piece) => void (told.text += piece.toString('latin1')),
        onResponseEnd: () => resolve(told),
        onResponseError: (_, error) => reject(error),
      },
    );
  });

describe('createDirectConnector', () => {
  it('keeps heads whole that come in several reads, while other connections read', async () => {
    const pool = await startPool((socket, request) => {
      const name = /GET \/(\S+)/.exec(request)?.[1] ?? '';
      const body = name.repeat(50);
      const answer = `HTTP/1.1 200 OK\r\nx-first: ${name}\r\nx-second: ${name}${name}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      void (async () => {
        for (let at = 0; at < answer.length; at += 7) {
          socket.write(answer.slice(at, at + 7));
          await nextTurn();
        }
      })();
    });
    const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(names.map((name) => ask(pool, `/${name}`)));
      for (const [index, { headers, text }] of answers.entries()) {
        const name = names[index] ?? '';
        expect(headers).toMatchObject({ 'x-first': name, 'x-second': name + name });
        expect(text).toBe(name.repeat(50));
      }
    }
  });

  it('ends an answer that lasts until the connection closes', async () => {
    const pool = await startPool((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(200_000)}`),
    );
    expect((await ask(pool, '/')).text).toHaveLength(200_000);
  });

  it('tells what goes wrong', async () => {
    const pool = await startPool((socket, request) => {
      if (request.includes('/reset')) socket.resetAndDestroy();
      else socket.end();
    });
    await expect(ask(pool, '/reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(ask(pool, '/close')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    const nobody = new Pool('http://127.0.0.1:1', { connect: createDirectConnector(2000) });
    await expect(ask(nobody, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await nobody.destroy();
  });
});
