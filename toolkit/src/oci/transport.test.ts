import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport, readCapped, STALLED, type HttpTransport, type TransportOptions } from './transport.ts';
import { rootCode } from './verdict.ts';

const never = new AbortController().signal;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function transport(options: Partial<TransportOptions> = {}): HttpTransport {
  const made = createHttpTransport({
    connections: 4,
    stallTimeoutMs: 5_000,
    answerTimeoutMs: 5_000,
    userAgent: 'test/1',
    env: {},
    certificatesFor: () => undefined,
    systemAuthorities: () => [],
    ...options,
  });
  cleanups.push(() => made.close());
  return made;
}

const get = (url: string) => ({ method: 'GET', url: new URL(url), headers: {}, signal: never }) as const;
const serve = (listener: RequestListener) => listen(createServer(listener));

describe('requests', () => {
  it('say who sends them and how long they are', async () => {
    const seen: unknown[] = [];
    const host = await serve((request, response) => {
      seen.push([request.headers['user-agent'], request.headers['content-length'], request.headers['accept-encoding']]);
      response.end();
    });
    const client = transport();
    const body = { sizeBytes: 3, open: () => [Buffer.from('a'), Buffer.from('bc')] };
    for (const more of [{ body }, {}]) {
      const answer = await client.request({ ...get(`http://${host}/`), method: 'POST', ...more });
      await text(answer.body);
    }
    expect(seen).toEqual([
      ['test/1', '3', undefined],
      ['test/1', '0', undefined],
    ]);
  });

  it('share kept connections, as many as allowed', async () => {
    const ports = new Set<number | undefined>();
    const host = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      setTimeout(() => response.end('x'), 2);
    });
    const client = transport();
    const ask = async () => text((await client.request(get(`http://${host}/`))).body);
    await Promise.all(Array.from({ length: 40 }, ask));
    expect(ports.size).toBe(4);
  });

  it('that meet a connection the server has just closed are sent again', async () => {
    const bodies: string[] = [];
    const host = await listen(
      createRawServer((socket) => {
        let answered = 0;
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          // The second request on a connection is never looked at.
          if (answered++ > 0) {
            socket.resetAndDestroy();
            return;
          }
          bodies.push(chunk.toString().split('\r\n\r\n')[1] ?? '');
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
        });
      }),
    );
    const client = transport();
    const put = async (content: string) => {
      const body = { sizeBytes: 1, open: () => [Buffer.from(content)] };
      return text((await client.request({ ...get(`http://${host}/`), method: 'PUT', body })).body);
    };
    expect(await put('a')).toBe('ok');
    // The connection is back in the pool by the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await put('b')).toBe('ok');
    expect(bodies).toHaveLength(2);
  });

  it('are ended when nothing moves', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/half') response.write('half of it');
    });
    const client = transport({ stallTimeoutMs: 100 });
    await expect(client.request(get(`http://${host}/`))).rejects.toMatchObject({ code: STALLED });
    const answer = await client.request(get(`http://${host}/half`));
    await expect(readCapped(answer.body, 100)).rejects.toSatisfy((error) => rootCode(error) !== undefined);
  });

  it('may take longer to be answered once their content was sent', async () => {
    const host = await serve((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.end('stored'), 400));
    });
    const body = { sizeBytes: 1, open: () => [Buffer.from('x')] };
    const put = async (answerTimeoutMs: number, sent: object) => {
      const client = transport({ stallTimeoutMs: 100, answerTimeoutMs });
      return text((await client.request({ ...get(`http://${host}/`), method: 'PUT', ...sent })).body);
    };
    expect(await put(5_000, { body })).toBe('stored');
    expect(await put(5_000, { body: { sizeBytes: 0, open: () => [] } })).toBe('stored');
    await expect(put(200, { body })).rejects.toMatchObject({ code: STALLED });
    await expect(put(5_000, {})).rejects.toMatchObject({ code: STALLED });
  });

  it('wait for their content as long as it takes, but not for a server that does not take it', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/deaf') request.socket.pause();
      else request.resume().on('end', () => response.end('stored'));
    });
    async function* content(chunks: number) {
      for (let chunk = 0; chunk < chunks; chunk++) {
        await new Promise((resolve) => setTimeout(resolve, chunk < 2 ? 300 : 0));
        yield Buffer.alloc(1024 * 1024);
      }
    }
    const client = transport({ stallTimeoutMs: 100 });
    const put = (path: string, chunks: number) => {
      const body = { sizeBytes: chunks * 1024 * 1024, open: () => content(chunks) };
      return client.request({ ...get(`http://${host}${path}`), method: 'PUT', body });
    };
    expect(await text((await put('/', 2)).body)).toBe('stored');
    await expect(put('/deaf', 64)).rejects.toMatchObject({ code: STALLED });
  });

  it('give up the connection when the server has refused what is still being sent', async () => {
    let isOpen = true;
    const host = await listen(
      createRawServer((socket) => {
        socket.on('error', () => undefined).on('close', () => (isOpen = false));
        socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 9\r\n\r\ntoo large'));
        socket.resume();
      }),
    );
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const body = { sizeBytes: 1e12, open: endless };
    const answer = await transport().request({ ...get(`http://${host}/`), method: 'PUT', body });
    expect(answer.status).toBe(413);
    expect(await text(answer.body)).toBe('too large');
    await expect.poll(() => isOpen).toBe(false);
  });

  it('many of them do not make a signal complain', async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.name);
    process.on('warning', note);
    cleanups.push(() => process.off('warning', note));
    const host = await serve((_, response) => void setTimeout(() => response.end(), 5));
    const client = transport({ connections: 64 });
    const ask = async () => text((await client.request(get(`http://${host}/`))).body);
    await Promise.all(Array.from({ length: 64 }, ask));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });
});

describe('a proxy', () => {
  it('of the environment is used, but not for this machine', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      asked.push(request.url);
      response.end('proxied');
    });
    const host = await serve((_, response) => void response.end('direct'));
    const client = transport({ env: { HTTP_PROXY: `http://${proxy}` } });
    const ask = async (url: string) => text((await client.request(get(url))).body);
    expect(await ask('http://registry.invalid/v2/')).toBe('proxied');
    expect(await ask(`http://${host}/v2/`)).toBe('direct');
    expect(asked).toEqual(['http://registry.invalid/v2/']);
  });
});

describe('a body', () => {
  it('is read up to a limit', async () => {
    const host = await serve((_, response) => void response.end('12345'));
    const client = transport();
    const read = async (limit: number) => readCapped((await client.request(get(`http://${host}/`))).body, limit);
    expect(await read(5)).toEqual({ bytes: Buffer.from('12345'), isWhole: true });
    expect(await read(4)).toEqual({ bytes: Buffer.from('1234'), isWhole: false });
  });
});
