import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineClient, readRequestCount } from './engine-client.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function clientOf(
  answer: RequestListener,
  apiKey?: string,
  until: AbortSignal = new AbortController().signal,
): Promise<EngineClient> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const start = {
    file: '',
    argv: [],
    env: {},
    engine: 'vllm' as const,
    model: 'org/model',
    profile: 'p',
    port,
    host: undefined,
    usesTls: false,
    apiKey,
  };
  return new EngineClient(start, until);
}
const answering = (status: number, body: string) => clientOf((_, response) => response.writeHead(status).end(body));

describe('asking an engine for a token', () => {
  it('gives up what is open when nothing more is to be asked', async () => {
    const over = new AbortController();
    const client = await clientOf(() => undefined, undefined, over.signal);
    const asked = client.requestToken();
    setTimeout(() => over.abort(), 20);
    expect(await asked).toBe('no-answer');
  });

  it.each([
    [200, '{"choices":[{"text":" world"}],"usage":{"completion_tokens":1}}', 'token'],
    [200, '{"choices":[{"text":""}]}', 'token'],
    [200, '{"choices":[],"usage":{"completion_tokens":0}}', 'no-answer'],
    [200, '{"choices":[{"text":""}],"usage":{"completion_tokens":0}}', 'no-answer'],
    [200, '<html>loading</html>', 'no-answer'],
    [503, 'loading', 'no-answer'],
    [404, 'no such route', 'cannot-ask'],
    [401, 'key?', 'cannot-ask'],
  ])('takes %i %s for %s', async (status, body, outcome) => {
    expect(await (await answering(status, body)).requestToken()).toBe(outcome);
  });

  it('tries chat where there are no completions, with the key', async () => {
    const asked: string[] = [];
    const client = await clientOf((request, response) => {
      asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
      if (request.url === '/v1/completions') response.writeHead(404).end();
      else response.end('{"choices":[{"message":{"content":"Hi"}}]}');
    }, 'a-key');
    expect(await client.requestToken()).toBe('token');
    expect(asked).toEqual(['/v1/completions Bearer a-key', '/v1/chat/completions Bearer a-key']);
  });

  it('takes no connection and a cut one for no answer', async () => {
    const client = await clientOf((request) => request.socket.destroy());
    expect(await client.requestToken()).toBe('no-answer');
    expect(await client.isHealthy()).toBe(false);
    expect(await client.metrics()).toBeUndefined();
  });
});

describe('counting requests', () => {
  it.each([
    ['vllm:num_requests_running{engine="0",model_name="a"} 3.0\nvllm:num_requests_waiting{engine="0"} 2.0\n', 5],
    ['vllm:num_requests_running{engine="0"} 1\nvllm:num_requests_running{engine="1"} 1\n', 2],
    ['sglang:num_running_reqs{model_name="a"} 4.0\nsglang:num_queue_reqs 0.0\n', 4],
    ['# HELP vllm:num_requests_running x\nother 5\n', undefined],
    ['', undefined],
  ])('reads %j as %s', (text, count) => {
    expect(readRequestCount(text)).toBe(count);
  });
});
