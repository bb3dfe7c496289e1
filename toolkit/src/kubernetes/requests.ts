import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { AimError, messageOf } from 'aim-runtime/system';
import { fetch, type Response } from 'undici';
import { failure } from '../exit-codes.ts';
import { isTurnedAway, refused, unreachable, type ApiAnswer } from './refusals.ts';

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;
const PAUSE_MS = 250;
/** The server asks for patience, or a proxy before it has lost it. */
const PASSING = new Set([429, 500, 502, 503, 504]);
/** Whoever is interrupted may still clean up. */
const NEVER = new AbortController().signal;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Speaks to the API server that a configuration names. */
export interface ApiClient {
  /** Answers of the server, refusals too. @throws AimError remote when none comes */
  call(request: ApiRequest): Promise<ApiAnswer>;
  /** Lines of an answer as they come; ends when the connection does. @throws AimError remote for a refusal */
  lines(request: ApiRequest, signal: AbortSignal): AsyncIterable<string>;
}

/** @param signal ends everything that runs */
export function createApiClient(config: KubeConfig, server: string, signal: AbortSignal): ApiClient {
  const send = async (request: ApiRequest, ending: AbortSignal): Promise<Response> => {
    const url = toUrl(server, request);
    const context = new RequestContext(url.href, HttpMethod.GET);
    await authenticate(config, context);
    const dispatcher = context.getDispatcher();
    return fetch(url, {
      method: request.method,
      headers: {
        ...context.getHeaders(),
        accept: request.accept ?? 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
      signal: ending,
    });
  };
  const once = async (request: ApiRequest, ending: AbortSignal) => {
    const response = await send(request, AbortSignal.any([ending, AbortSignal.timeout(TIMEOUT_MS)]));
    const text = await response.text();
    return { status: response.status, body: parseJson(text), retryAfter: response.headers.get('retry-after') };
  };
  return {
    call: (request) => {
      const ending = request.method === 'DELETE' ? NEVER : signal;
      return retry(() => once(request, ending), { server, signal: ending, repeatable: request.method !== 'POST' });
    },
    lines: (request, ending) => readLines({ send, server }, request, AbortSignal.any([signal, ending])),
  };
}

async function authenticate(config: KubeConfig, context: RequestContext): Promise<void> {
  try {
    await config.applySecurityAuthentication(context);
  } catch (error) {
    throw failure('environment', {
      message: `the configuration of Kubernetes cannot log in: ${messageOf(error)}`,
      hint: 'Check the certificate, the token or the program that it names for this user; log in again where that is needed.',
      cause: error,
    });
  }
}

interface RetryOptions {
  readonly server: string;
  readonly signal: AbortSignal;
  readonly repeatable: boolean;
}

/** Asks again where a connection broke or the server is busy; not where doing it twice would be something else. */
async function retry(
  once: () => Promise<ApiAnswer & { readonly retryAfter: string | null }>,
  { server, signal, repeatable }: RetryOptions,
): Promise<ApiAnswer> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === ATTEMPTS;
    const answer = await once().catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof AimError || last || !repeatable || isTurnedAway(error)) throw unreachable(server, error);
      return undefined;
    });
    if (answer !== undefined && (last || !PASSING.has(answer.status) || (!repeatable && answer.status !== 429))) {
      return answer;
    }
    const asked = Number(answer?.retryAfter);
    const pauseMs = asked > 0 ? Math.min(asked, 10) * 1000 : PAUSE_MS * 2 ** attempt;
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function* readLines(
  { send, server }: { send: (request: ApiRequest, ending: AbortSignal) => Promise<Response>; server: string },
  request: ApiRequest,
  signal: AbortSignal,
): AsyncIterable<string> {
  const fail = (error: unknown): never => {
    signal.throwIfAborted();
    throw unreachable(server, error);
  };
  const response = await send(request, signal).catch(fail);
  if (response.status !== 200) {
    const said = await response.text().catch(fail);
    throw refused(`${request.method} ${request.path}`, { status: response.status, body: parseJson(said) });
  }
  if (response.body === null) return;
  const stream = Readable.fromWeb(response.body);
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch {
    // The connection broke off, which is an end like any other, unless it was meant to.
    signal.throwIfAborted();
  } finally {
    stream.destroy();
  }
}

function toUrl(server: string, { path, query = {} }: ApiRequest): URL {
  const url = new URL(`${server.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 300) };
  }
}
