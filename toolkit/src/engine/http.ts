import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer of an endpoint. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpCall {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Sent as JSON with POST; without it the method is GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks an endpoint; undefined when it does not answer in time. */
export async function ask(url: string, call: HttpCall): Promise<HttpAnswer | undefined> {
  const answer = await probe(url, call);
  return typeof answer === 'string' ? undefined : answer;
}

/**
 * Asks an endpoint. Without an answer, `gone` when nobody listens or the connection is closed, `busy` when the time was
 * up before. Starts in a few milliseconds, unlike `fetch`.
 */
export async function probe(
  url: string,
  { timeoutMs, signal, body, headers }: HttpCall,
): Promise<HttpAnswer | 'busy' | 'gone'> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const limit = AbortSignal.timeout(timeoutMs);
  const options = {
    method: content === undefined ? 'GET' : 'POST',
    headers: {
      ...(content !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(content),
      }),
      ...headers,
    },
    // Each question is a connection of its own: kept ones would keep the process alive.
    agent: false as const,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  };
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      // Endpoints of this host speak plain HTTP: the other module loads for the rest only.
      const send = url.startsWith('https:') ? process.getBuiltinModule('node:https').request : request;
      const call = send(url, options, (response) => {
        text(response).then((received) => resolve({ status: response.statusCode ?? 0, body: received }), reject);
      });
      call.once('error', reject);
      call.end(content);
    });
  } catch {
    return options.signal.aborted ? 'busy' : 'gone';
  }
}

/**
 * The first of several addresses that answers, with its answer. When it is not the first of all, those before it are
 * asked once more: the server may have begun to listen while they were asked.
 */
export async function askFirst(
  urls: readonly string[],
  path: string,
  call: HttpCall,
): Promise<{ readonly url: string; readonly answer: HttpAnswer } | undefined> {
  for (const [index, url] of urls.entries()) {
    const answer = await ask(`${url}${path}`, call);
    if (answer !== undefined) return (await askFirst(urls.slice(0, index), path, call)) ?? { url, answer };
  }
  return undefined;
}
