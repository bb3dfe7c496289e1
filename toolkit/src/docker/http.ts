import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { connectionOptions } from './connection.ts';
import type { Endpoint } from './endpoint.ts';

/** One call of the engine's HTTP interface. */
export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** An object is sent as JSON, a buffer as a tar archive. */
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** What is asked for, to finish "the Docker Engine did not …". */
  readonly action: string;
  /** Statuses above 399 that are answers, not failures. */
  readonly accept?: readonly number[];
}

export interface EngineAnswer {
  readonly status: number;
  readonly body: IncomingMessage;
}

/** Calls an engine's HTTP interface. @throws AimError environment or interrupted */
export type EngineHttp = (call: EngineCall) => Promise<EngineAnswer>;

/**
 * Plain HTTP to an engine on a socket or over TCP. The client library can do more, but takes longer to load than
 * listing all containers takes.
 */
export function createEngineHttp(endpoint: Endpoint): EngineHttp {
  const options = transportOf(endpoint);
  const send = options.protocol === 'https:' ? requestHttps : requestHttp;
  return async (call) => {
    const answer = await dispatch(send, options, call);
    if (answer.status < 400 || call.accept?.includes(answer.status) === true) return answer;
    const text = describeRefusal(answer.status, (await buffer(answer.body)).toString());
    throw failure('environment', { message: `the Docker Engine did not ${call.action}: ${text}` });
  };
}

/** Body of an answer as JSON. */
export async function readJson(answer: EngineAnswer): Promise<unknown> {
  return JSON.parse((await buffer(answer.body)).toString()) as unknown;
}

function transportOf(endpoint: Endpoint): RequestOptions {
  const { protocol, socketPath, host, port, ca, cert, key } = connectionOptions(endpoint);
  if (protocol === 'ssh') {
    throw failure('usage', {
      message: `${endpoint.url} is an engine of another host, and endpoints use the GPUs of this one`,
      hint: 'Run the command on that host.',
    });
  }
  if (socketPath !== undefined) return { socketPath };
  const tls = protocol === 'https' ? { ca, cert, key } : {};
  return { protocol: `${protocol ?? 'http'}:`, host: host ?? '', port: port ?? '', ...tls };
}

function dispatch(send: typeof requestHttp, options: RequestOptions, call: EngineCall): Promise<EngineAnswer> {
  const { body, signal } = call;
  const content = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) query.set(name, String(value));
  const headers = {
    host: 'docker',
    ...(content && {
      'content-type': Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json',
      'content-length': content.length,
    }),
  };
  const path = `${call.path}${query.size > 0 ? `?${query.toString()}` : ''}`;
  return new Promise((resolve, reject) => {
    const request = send({ ...options, method: call.method, path, headers, ...(signal && { signal }) });
    request.once('response', (response) => resolve({ status: response.statusCode ?? 0, body: response }));
    request.once('error', (error) => {
      const message = `the Docker Engine did not ${call.action}: ${messageOf(error)}`;
      const interrupted = signal?.aborted === true;
      reject(
        failure(interrupted ? 'interrupted' : 'environment', {
          message: interrupted ? 'interrupted' : message,
          cause: error,
        }),
      );
    });
    request.end(content);
  });
}

/** The engine's own words. */
function describeRefusal(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // An answer that is no JSON is shown as it is.
  }
  return text.trim() || `status ${status}`;
}
