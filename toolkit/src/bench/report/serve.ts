import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';

export interface ServeOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A page that this machine's browsers can open. */
export interface ServedPage {
  readonly url: string;
  /** Settles when the signal ended it. */
  readonly ended: Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Serves one page on the loopback interface, to nobody else. @throws AimError environment when the port is taken */
export async function servePage(html: string, { port, signal }: ServeOptions): Promise<ServedPage> {
  const body = Buffer.from(html);
  const server = createServer((request, response) => answer(request, response, body));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(port, error)));
    server.listen(port, LOOPBACK, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      server.close(() => resolve());
      server.closeAllConnections();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  return { url: `http://${LOOPBACK}:${actual}/`, ended };
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const status = statusOf(request);
  response.writeHead(status, {
    'content-type': status === 200 ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': status === 200 ? body.length : 0,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
  response.end(status === 200 && request.method === 'GET' ? body : undefined);
}

/** Other names for this address come from pages elsewhere that want to read this one (DNS rebinding). */
function statusOf({ method, url, headers }: IncomingMessage): number {
  const name = headers.host?.replace(/:\d+$/, '');
  if (name !== LOOPBACK && name !== 'localhost') return 403;
  if (method !== 'GET' && method !== 'HEAD') return 405;
  return url === '/' ? 200 : 404;
}

function cannotListen(port: number, error: Error): Error {
  return failure('environment', {
    message: `cannot listen on port ${port}: ${messageOf(error)}`,
    hint: 'Choose another with --port, or none for any free one.',
    cause: error,
  });
}
