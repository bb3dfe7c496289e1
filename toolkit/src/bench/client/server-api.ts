import { Pool } from 'undici';
import { isObject } from './frame.ts';

/** The server's side doors: what the client asks besides the measured requests. */
export interface ServerApi {
  /** Drops the prefix cache; false where the server has no such door. */
  resetPrefixCache(): Promise<boolean>;
  /** Text of `/metrics`; undefined when it does not answer with one. */
  fetchMetrics(): Promise<string | undefined>;
  /** Number of tokens by the server's own tokenizer; undefined where it has no `/tokenize`. */
  countTokens(request: TokenizeRequest): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A text, or messages that the chat template is put around. */
export type TokenizeRequest =
  { readonly text: string } | { readonly messages: readonly { readonly role: string; readonly content: string }[] };

export interface ServerApiOptions {
  readonly baseUrl: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 4;

export function createServerApi({ baseUrl, model, headers }: ServerApiOptions): ServerApi {
  const url = new URL(baseUrl);
  const root = url.pathname.replace(/\/+$/, '');
  const pool = new Pool(url.origin, { connections: MAX_CONNECTIONS, allowH2: false });
  const ask = async (method: 'GET' | 'POST', path: string, json?: unknown): Promise<string | undefined> => {
    const body = json === undefined ? null : JSON.stringify(json);
    try {
      const answer = await pool.request({
        method,
        path: `${root}${path}`,
        headers: { ...headers, ...(body !== null && { 'content-type': 'application/json' }) },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.body.text();
      return answer.statusCode === 200 ? text : undefined;
    } catch {
      return undefined; // none of these doors is needed for a measurement
    }
  };
  return {
    resetPrefixCache: async () => (await ask('POST', '/reset_prefix_cache')) !== undefined,
    fetchMetrics: () => ask('GET', '/metrics'),
    countTokens: async (request) => {
      const content =
        'text' in request
          ? { prompt: request.text, add_special_tokens: false }
          : { messages: request.messages, add_generation_prompt: true };
      return readCount(await ask('POST', '/tokenize', { model, ...content }));
    },
    close: () => pool.destroy(),
  };
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) && typeof value['count'] === 'number' ? value['count'] : undefined;
  } catch {
    return undefined;
  }
}
