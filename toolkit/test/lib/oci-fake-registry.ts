import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FakeStore, type FakeAnswer, type FakeBehaviour, type FakeRequest } from './oci-fake-store.ts';

/** What goes wrong with one request. */
export type Fault =
  /** Answered so instead of being carried out. */
  | { readonly kind: 'answer'; readonly answer: FakeAnswer }
  /** The connection is closed before the request is carried out. */
  | { readonly kind: 'reset' }
  /** The request is carried out, its answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** Half of the answer's body arrives, or the beginning of its head when it has none. */
  | { readonly kind: 'truncate' }
  /** Nothing is ever answered. */
  | { readonly kind: 'stall' }
  /** The connection is closed after so many bytes of the request's body, which are kept. */
  | { readonly kind: 'cut-request'; readonly afterBytes: number };

export interface LoggedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bodyBytes: number;
  /** Of the answer; 0 for none. */
  readonly status: number;
}

export interface FakeRegistryOptions extends FakeBehaviour {
  /** Says what goes wrong with the request of this number, from 0. */
  readonly fault?: (request: {
    readonly index: number;
    readonly method: string;
    readonly target: string;
  }) => Fault | undefined;
  /** Answers before the registry itself does, for example with a challenge. */
  readonly intercept?: (request: FakeRequest) => FakeAnswer | undefined;
  /** With `ca`, clients have to show a certificate of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
}

export interface FakeRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly store: FakeStore;
  /** All requests in the order in which they came. */
  readonly log: readonly LoggedRequest[];
  /** `METHOD path` of all requests, uploads' ids replaced. */
  readonly summary: () => string[];
  readonly stop: () => Promise<void>;
}

/** Starts a registry in this process whose every answer can be made to go wrong. */
export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const store = new FakeStore(options);
  const log: LoggedRequest[] = [];
  let index = 0;
  const onRequest = (message: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: target = '' } = message;
    const fault = options.fault?.({ index: index++, method, target });
    const entry = { method, target, headers: message.headers as LoggedRequest['headers'], bodyBytes: 0, status: 0 };
    const place = log.push(entry) - 1;
    void receive(message, fault).then((body) => {
      const status = answer({ options, store, fault }, response, { ...entry, body });
      log[place] = { ...entry, bodyBytes: body.bytes.length, status };
    });
  };
  const { tls } = options;
  const server = tls ? createSecureServer({ ...tls, requestCert: 'ca' in tls }, onRequest) : createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    store,
    log,
    summary: () => log.map(({ method, target }) => `${method} ${target.replace(/(uploads\/)[^/?]+.*$/, '$1ID')}`),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Received {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

async function receive(message: IncomingMessage, fault: Fault | undefined): Promise<Received> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const limit = fault?.kind === 'cut-request' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, limit - sizeBytes));
      sizeBytes += chunk.length;
      if (sizeBytes >= limit) return { bytes: Buffer.concat(chunks), isWhole: false };
    }
    return { bytes: Buffer.concat(chunks), isWhole: true };
  } catch {
    return { bytes: Buffer.concat(chunks), isWhole: false };
  }
}

interface Served {
  readonly options: FakeRegistryOptions;
  readonly store: FakeStore;
  readonly fault: Fault | undefined;
}

/** Answers and returns the status, 0 for no answer. */
function answer(
  { options, store, fault }: Served,
  response: ServerResponse,
  sent: { method: string; target: string; headers: LoggedRequest['headers']; body: Received },
): number {
  const { method, target, headers, body } = sent;
  const url = new URL(target, 'http://registry.invalid');
  const request: FakeRequest = { method, url, headers, body: body.bytes, isWhole: body.isWhole };
  const { socket } = response;
  if (fault?.kind === 'stall') return 0;
  if (fault?.kind === 'reset') {
    socket?.destroy();
    return 0;
  }
  const made = fault?.kind === 'answer' ? fault.answer : (options.intercept?.(request) ?? store.handle(request));
  if (fault?.kind === 'lose-answer' || !body.isWhole) {
    socket?.destroy();
    return 0;
  }
  const bytes = Buffer.from(made.body ?? '');
  if (fault?.kind === 'truncate' && (method === 'HEAD' || bytes.length === 0)) {
    socket?.end('HTTP/1.1 20');
    return 0;
  }
  response.writeHead(made.status, { 'content-length': bytes.length, ...made.headers });
  if (fault?.kind === 'truncate') {
    response.write(bytes.subarray(0, bytes.length / 2));
    setImmediate(() => socket?.destroy());
  } else response.end(method === 'HEAD' ? undefined : bytes);
  return made.status;
}
