import http from 'node:http';
import https from 'node:https';
import type { EngineStart } from './state.ts';

/** An answer of the engine, read to its end. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What came of asking for a token. */
export type TokenOutcome = 'token' | 'no-answer' | 'cannot-ask';

const HEALTH_MS = 2_000;
const METRICS_MS = 2_000;
const FIRST_TOKEN_MS = 300_000;
const MOST_BYTES = 16 * 1024 * 1024;
/** A server that serves no text, or none to us, answers so; trying again does not help. */
const UNANSWERABLE = new Set([400, 401, 403, 404, 405, 422, 501]);
/** Gauges of requests in work and in the queue; vLLM's names and SGLang's. */
const REQUEST_GAUGES =
  /^(?:vllm:num_requests_(?:running|waiting)|sglang:num_(?:running|queue)_reqs)(?:\{[^}]*\})? (\S+)/gm;

/** The engine's HTTP interface, as far as supervision needs it. Nothing here throws: no answer is an answer. */
export class EngineClient {
  readonly #start: EngineStart;
  readonly #until: AbortSignal;

  /** `until` ends questions that are still open, which would keep this process from ending. */
  constructor(start: EngineStart, until: AbortSignal) {
    this.#start = start;
    this.#until = until;
  }

  async isHealthy(): Promise<boolean> {
    return (await this.#ask('/health', HEALTH_MS))?.status === 200;
  }

  /** Asks for one token, by the completions interface, else by chat. */
  async requestToken(): Promise<TokenOutcome> {
    const { model } = this.#start;
    const completion = await this.#ask('/v1/completions', FIRST_TOKEN_MS, {
      model,
      prompt: 'Hello',
      max_tokens: 1,
    });
    const first = outcomeOf(completion);
    if (first !== 'cannot-ask') return first;
    const messages = [{ role: 'user', content: 'Hello' }];
    return outcomeOf(await this.#ask('/v1/chat/completions', FIRST_TOKEN_MS, { model, messages, max_tokens: 1 }));
  }

  /** The engine's metrics page; undefined when it gives none. */
  async metrics(): Promise<string | undefined> {
    const answer = await this.#ask('/metrics', METRICS_MS);
    return answer?.status === 200 ? answer.text : undefined;
  }

  /** Requests in work and in the queue; undefined when the engine does not say. */
  async countRequests(): Promise<number | undefined> {
    return readRequestCount((await this.metrics()) ?? '');
  }

  /** Gets a page, or posts to it; undefined when there is no whole answer. */
  #ask(path: string, limitMs: number, body?: object): Promise<Answer | undefined> {
    const { port, host, usesTls, apiKey } = this.#start;
    const options = {
      host: host ?? '127.0.0.1',
      port,
      path,
      method: body === undefined ? 'GET' : 'POST',
      agent: false as const,
      signal: AbortSignal.any([AbortSignal.timeout(limitMs), this.#until]),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      rejectUnauthorized: false, // its certificate is for its public name, not for this host
    };
    return new Promise((resolve) => {
      const request = usesTls ? https.request(options) : http.request(options);
      const giveUp = () => {
        resolve(undefined);
      };
      request.once('error', giveUp);
      request.once('response', (response) => {
        readBody(response).then((text) => {
          resolve({ status: response.statusCode ?? 0, text });
        }, giveUp);
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Sum of the gauges of requests over all of the engine's workers; undefined when the text has none of them. */
export function readRequestCount(metrics: string): number | undefined {
  const values = [...metrics.matchAll(REQUEST_GAUGES)].map(([, value]) => Number(value));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function outcomeOf(answer: Answer | undefined): TokenOutcome {
  if (!answer) return 'no-answer';
  if (answer.status === 200) return holdsToken(answer.text) ? 'token' : 'no-answer';
  return UNANSWERABLE.has(answer.status) ? 'cannot-ask' : 'no-answer';
}

/** A completion counts when something was generated, even if it is the end of the text. */
function holdsToken(text: string): boolean {
  try {
    const body = JSON.parse(text) as { choices?: unknown; usage?: { completion_tokens?: unknown } | null };
    const { completion_tokens: tokens } = body.usage ?? {};
    return Array.isArray(body.choices) && body.choices.length > 0 && (typeof tokens !== 'number' || tokens > 0);
  } catch {
    return false; // a page of something in between
  }
}
