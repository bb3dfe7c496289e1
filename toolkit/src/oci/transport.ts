import { Agent as PlainAgent, request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, systemCode } from 'aim-runtime/system';
import { isLoopback } from './targets.ts';

/** Content of a request; opened again for every attempt. */
export interface RequestBody {
  readonly sizeBytes: number;
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Not sent again by the transport, even where the server seems to have closed the connection before. */
  readonly once?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Values by lower-case name; several of one name are joined as HTTP says. */
  readonly header: (name: string) => string | undefined;
  readonly body: Readable;
}

/** Sends single requests; no redirects, no repeating, no credentials. */
export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

/** Certificates for one host, as PEM texts. */
export interface HostCertificates {
  /** Authorities trusted besides those of the system. */
  readonly authorities: readonly string[];
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

export interface TransportOptions {
  /** Connections kept to one host. */
  readonly connections: number;
  /** A connection on which nothing moves for this long is given up. */
  readonly stallTimeoutMs: number;
  /** The same once content was sent and its answer is waited for: a registry may have to store it first. */
  readonly answerTimeoutMs: number;
  readonly userAgent: string;
  /** Variables that name an HTTP proxy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Certificates for `HOST` or `HOST:PORT`; undefined for those of the system. */
  readonly certificatesFor: (host: string) => HostCertificates | undefined;
  /** Authorities of the system. */
  readonly systemAuthorities: () => readonly string[];
}

/** `code` of the error of a connection on which nothing moved. */
export const STALLED = 'ESTALLED';

/**
 * Transport over HTTP/1.1 with connections that are kept. HTTP/2 would send all uploads over one connection,
 * where one of them holds up the others.
 */
export function createHttpTransport(options: TransportOptions): HttpTransport {
  const agents = createAgents(options);
  const send = (request: HttpRequest) => {
    const agent = agents.of(request.url);
    const { method, url, headers, body, signal } = request;
    const all: Record<string, string> = { 'user-agent': options.userAgent, ...headers };
    if (body !== undefined) all['content-length'] = String(body.sizeBytes);
    else if (method !== 'GET' && method !== 'HEAD') all['content-length'] = '0';
    const settings = { method, agent, headers: all, signal, timeout: options.stallTimeoutMs };
    const sent = url.protocol === 'https:' ? secureRequest(url, settings) : plainRequest(url, settings);
    watchStalls(sent, options, body !== undefined);
    return exchange(sent, request);
  };
  return {
    request: async (request) => {
      request.signal.throwIfAborted();
      try {
        return await send(request);
      } catch (error) {
        request.signal.throwIfAborted();
        // The server closed an idle connection while it was taken into use: nobody has seen the request.
        if (!isStaleConnection(error) || request.once === true) throw error;
        return await send(request);
      }
    },
    close: () => agents.close(),
  };
}

/** The beginning of a body, or all of it. */
export interface ReadBody {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** Reads a body up to a limit; the connection of a longer one is closed. */
export async function readCapped(body: Readable, maxBytes: number): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks, sizeBytes), isWhole: true };
}

class StaleConnectionError extends Error {}

function isStaleConnection(error: unknown): boolean {
  return error instanceof StaleConnectionError;
}

/** Gives a request up when its connection stands still, unless all there is to do is to wait for its own content. */
function watchStalls(sent: ClientRequest, limits: TransportOptions, hasBody: boolean): void {
  let answered = false;
  const onIdle = () => {
    const waitsForContent = !answered && !sent.writableEnded && sent.writableLength === 0;
    if (waitsForContent) return;
    const error = new Error('nothing was sent or received for too long');
    sent.destroy(Object.assign(error, { code: STALLED }));
  };
  // The request itself tells of the first such time only.
  sent.once('socket', (socket) => {
    socket.on('timeout', onIdle);
    sent.once('close', () => socket.off('timeout', onIdle));
  });
  sent.once('finish', () => {
    if (hasBody && !answered) sent.socket?.setTimeout(limits.answerTimeoutMs);
  });
  sent.once('response', () => {
    answered = true;
    sent.socket?.setTimeout(limits.stallTimeoutMs);
  });
}

function exchange(sent: ClientRequest, { body, signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    sent.once('response', (message) => {
      answered = true;
      // An answer that comes before everything was sent decides: what is left need not be sent.
      message.once('close', () => {
        if (!sent.writableFinished) sent.destroy();
      });
      resolve(toResponse(message));
    });
    sent.on('error', (error) => {
      const isStale = !answered && sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '');
      reject(isStale ? new StaleConnectionError(error.message, { cause: error }) : error);
    });
    if (body === undefined) sent.end();
    else {
      pipeline(Readable.from(body.open()), sent, { signal }).catch((error: unknown) => {
        if (!answered) reject(error instanceof Error ? error : new Error(messageOf(error)));
      });
    }
  });
}

function toResponse(message: IncomingMessage): HttpResponse {
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: message,
  };
}

function createAgents(options: TransportOptions): { of(url: URL): PlainAgent; close(): void } {
  const shared = { keepAlive: true, maxSockets: options.connections, scheduling: 'lifo' as const };
  const agents = new Map<string, PlainAgent>();
  return {
    of: ({ protocol, host, hostname }) => {
      const known = agents.get(`${protocol}//${host}`);
      if (known !== undefined) return known;
      // No proxy leads to this machine.
      const pool = isLoopback(hostname) ? shared : { ...shared, proxyEnv: { ...options.env } };
      const isSecure = protocol === 'https:';
      const agent = isSecure ? new SecureAgent({ ...pool, ...tlsSettings(options, host) }) : new PlainAgent(pool);
      agents.set(`${protocol}//${host}`, agent);
      return agent;
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function tlsSettings(options: TransportOptions, host: string): object {
  const own = options.certificatesFor(host);
  if (own === undefined) return {};
  const ca = own.authorities.length > 0 ? { ca: [...options.systemAuthorities(), ...own.authorities] } : {};
  return { ...ca, ...own.client };
}
