import http from 'node:http';
import https from 'node:https';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import { RetryableError } from './remote.ts';
import { parseRetryAfter } from './retry.ts';

/** A response whose body has not been read. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A token and the only origin that may see it. */
export interface Credentials {
  readonly origin: string;
  readonly token: string;
}

const MOST_REDIRECTS = 8;
const LONGEST_TEXT_BYTES = 64 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** HTTP with redirects followed by hand, so that the token stays with the host it is for. Honours HTTPS_PROXY. */
export class HttpClient {
  readonly #agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly #credentials: Credentials | undefined;

  constructor(env: NodeJS.ProcessEnv, credentials: Credentials | undefined) {
    const options = { keepAlive: true, maxFreeSockets: 16, proxyEnv: env };
    this.#agents = { http: new http.Agent(options), https: new https.Agent(options) };
    this.#credentials = credentials;
  }

  /** Asks for a resource, wherever redirects lead. The body must be read or destroyed. */
  async get(address: URL, request: HttpRequest): Promise<HttpResponse> {
    let url = address;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const response = await this.#once(url, request);
      const { location } = response.headers;
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      response.body.destroy();
      url = redirected(url, location);
    }
    throw new AimError<RuntimeErrorCode>('network', {
      message: `${address.host} redirects more than ${MOST_REDIRECTS} times`,
      hint: 'Check HF_ENDPOINT and the proxy.',
    });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #once(url: URL, { headers, signal }: HttpRequest): Promise<HttpResponse> {
    const secure = url.protocol === 'https:';
    const mine = this.#credentials?.origin === url.origin ? { authorization: `Bearer ${this.#credentials.token}` } : {};
    const options = {
      agent: secure ? this.#agents.https : this.#agents.http,
      headers: { 'user-agent': 'aim-runtime', 'accept-encoding': 'identity', ...headers, ...mine },
      signal,
    };
    return new Promise((resolve, reject) => {
      const request = secure ? https.get(url, options) : http.get(url, options);
      request.once('error', reject);
      request.once('response', (body) => {
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body, url });
      });
    });
  }
}

/** The whole body as text. */
export async function readText({ body }: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST_TEXT_BYTES) throw new RetryableError('the answer is longer than any listing');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The failure to repeat for a status that may pass: 408, 425, 429 and 5xx; undefined for any other. */
export function passingFailure({ status, headers, url }: HttpResponse): RetryableError | undefined {
  if (status < 500 && ![408, 425, 429].includes(status)) return undefined;
  return new RetryableError(`${url.host} answered ${status}`, parseRetryAfter(headers['retry-after'], Date.now()));
}

function redirected(from: URL, location: string): URL {
  const url = URL.parse(location, from.href);
  const isSafe = url && (url.protocol === 'https:' || (url.protocol === 'http:' && from.protocol === 'http:'));
  if (isSafe) return url;
  throw new AimError<RuntimeErrorCode>('network', {
    message: `${from.host} redirects to a place that is not followed: ${url?.protocol ?? 'no URL'}`,
    hint: 'Check HF_ENDPOINT and the proxy.',
  });
}
