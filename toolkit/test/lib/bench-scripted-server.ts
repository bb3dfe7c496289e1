import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A request as it came over the wire. */
export interface ScriptedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly socket: Socket;
}

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ScriptedRequest[];
  /** Connections that were made. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  close(): Promise<void>;
}

/** A server that answers each request with whatever bytes the script writes: nothing is added or corrected. */
export async function startScriptedServer(script: (request: ScriptedRequest) => void): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let taken = take(received, socket); taken !== undefined; taken = take(received, socket)) {
        received = taken.rest;
        requests.push(taken.request);
        script(taken.request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Head of a chunked event stream. */
export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';

/** End of a chunked body. */
export const STREAM_END = '0\r\n\r\n';

/** One HTTP chunk. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** One event as vLLM writes it, in a chunk of its own. */
export function event(payload: unknown): string {
  return chunk(`data: ${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n\n`);
}

/** Frames of a completion of this many tokens with vLLM's running usage, without `[DONE]`. */
export function completionEvents(tokens: number): string[] {
  const usage = (count: number) => ({ prompt_tokens: 4, total_tokens: 4 + count, completion_tokens: count });
  const frames = Array.from({ length: tokens }, (_, index) =>
    event({
      id: 'cmpl-1',
      object: 'text_completion',
      choices: [
        { index: 0, text: ` t${index}`, logprobs: null, finish_reason: index === tokens - 1 ? 'length' : null },
      ],
      usage: usage(index + 1),
    }),
  );
  return [...frames, event({ id: 'cmpl-1', object: 'text_completion', choices: [], usage: usage(tokens) })];
}

/** A whole, faultless answer. */
export function completion(tokens: number): string {
  return [STREAM_HEAD, ...completionEvents(tokens), event('[DONE]'), STREAM_END].join('');
}

function take(
  received: Buffer<ArrayBuffer>,
  socket: Socket,
): { readonly request: ScriptedRequest; readonly rest: Buffer<ArrayBuffer> } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [line = '', ...fields] = received.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const end = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (received.length < end) return undefined;
  const body = received.toString('utf8', headEnd + 4, end);
  return { request: { path: line.split(' ')[1] ?? '', headers, body, socket }, rest: received.subarray(end) };
}
