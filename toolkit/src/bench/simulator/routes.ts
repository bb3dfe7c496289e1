import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from 'aim-runtime/system';
import { createAnswerSink } from './answer-sink.ts';
import { ApiError, renderApiError } from './api-error.ts';
import type { SimulatedEngine } from './engine.ts';
import { encodeChat, encodePrompt, parseBody, parseGeneration } from './generation-request.ts';
import type { SimulatorOptions } from './options.ts';
import { Tokenizer } from './tokenizer.ts';

export const SIMULATOR_VERSION = '0.11.1+simulator';
const MAX_BODY_BYTES = 64 * 1024 * 1024;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}

type Handler = (exchange: Exchange) => void;

/** Answers every request of the server. */
export function createRoutes(
  options: SimulatorOptions,
  engine: SimulatedEngine,
): (exchange: Omit<Exchange, 'body'>) => Promise<void> {
  const routes = { ...statusRoutes(options, engine), ...textRoutes(options, engine), ...truthRoutes(engine) };
  return async ({ request, response }) => {
    try {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (methods === undefined) throw new ApiError(404, `There is no ${path} here.`);
      const handler = methods[request.method ?? ''];
      if (handler === undefined) throw new ApiError(405, 'Method Not Allowed');
      handler({ request, response, body: await readBody(request) });
    } catch (error) {
      if (error instanceof ApiError)
        sendJson(response, error.status, renderApiError(error.status, error.message, error.param));
      // The client may have left in the middle of its request.
      else if (!request.destroyed && !response.headersSent)
        sendJson(response, 500, renderApiError(500, messageOf(error), null));
      else response.destroy();
    }
  };
}

type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

function statusRoutes({ model, maxModelLen, devMode }: SimulatorOptions, engine: SimulatedEngine): Routes {
  const empty: Handler = ({ response }) => response.writeHead(200, { 'Content-Length': 0 }).end();
  const created = Math.floor(performance.timeOrigin / 1000);
  const card = { id: model, object: 'model', created, owned_by: 'vllm', root: model, parent: null };
  const reset: Handler = (exchange) => {
    engine.resetPrefixCache();
    empty(exchange);
  };
  return {
    '/health': { GET: empty },
    '/ping': { GET: empty, POST: empty },
    '/version': { GET: ({ response }) => sendJson(response, 200, { version: SIMULATOR_VERSION }) },
    '/v1/models': {
      GET: ({ response }) =>
        sendJson(response, 200, { object: 'list', data: [{ ...card, max_model_len: maxModelLen }] }),
    },
    '/metrics': {
      GET: ({ response }) => {
        response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(engine.renderMetrics());
      },
    },
    ...(devMode ? { '/reset_prefix_cache': { POST: reset } } : {}),
  };
}

function textRoutes(options: SimulatorOptions, engine: SimulatedEngine): Routes {
  const tokenizer = new Tokenizer();
  const generate = (chat: boolean): Handler => {
    return ({ request, response, body }) => {
      const receivedMs = performance.now();
      const generation = parseGeneration(parseBody(body), chat, { ...options, tokenizer });
      const requestId = request.headers['x-request-id'];
      const received = {
        request: generation,
        requestId: Array.isArray(requestId) ? requestId[0] : requestId,
        receivedMs,
      };
      const abort = engine.answer(received, createAnswerSink(response));
      response.on('close', abort);
    };
  };
  return {
    '/v1/completions': { POST: generate(false) },
    '/v1/chat/completions': { POST: generate(true) },
    '/tokenize': {
      POST: ({ response, body }) => {
        const { messages, prompt } = parseBody(body);
        const tokens = messages === undefined ? encodePrompt(prompt, tokenizer) : encodeChat(messages, tokenizer);
        const max_model_len = options.maxModelLen;
        sendJson(response, 200, { count: tokens.length, max_model_len, tokens, token_strs: null });
      },
    },
    '/detokenize': {
      POST: ({ response, body }) => {
        const { tokens: given } = parseBody(body);
        if (!Array.isArray(given)) throw new ApiError(400, '`tokens` must be a list of token ids.', 'tokens');
        const tokens = encodePrompt(given, tokenizer);
        sendJson(response, 200, { prompt: tokenizer.decode(tokens) });
      },
    },
  };
}

function truthRoutes(engine: SimulatedEngine): Routes {
  return {
    '/simulator/truth': { GET: ({ response }) => sendJson(response, 200, engine.truth.read()) },
    '/simulator/reset': {
      POST: ({ response }) => {
        engine.reset();
        sendJson(response, 200, {});
      },
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new ApiError(413, `A body may have ${MAX_BODY_BYTES} bytes at most.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
  response.end(bytes);
}
