import { failure } from '../exit-codes.ts';
import { ask, type HttpAnswer } from './http.ts';

/** Figures of one answered request. */
export interface InferenceTest {
  /** Name under which the endpoint serves the model. */
  readonly servedModel: string;
  readonly answer: string;
  readonly tokens: number;
  readonly elapsedMs: number;
  /** Over the whole request, the prompt included. */
  readonly tokensPerSecond: number;
}

const QUESTION = 'Say in one sentence what you can do.';
const MOST_TOKENS = 48;
const TIMEOUT_MS = 120_000;
/** Models without a chat template refuse a chat and complete a text. */
const INTERFACES = [
  { path: '/v1/chat/completions', prompt: { messages: [{ role: 'user', content: QUESTION }] } },
  { path: '/v1/completions', prompt: { prompt: QUESTION } },
] as const;

export interface InferenceOptions {
  readonly signal: AbortSignal;
  /** Key the endpoint wants; undefined for none. */
  readonly apiKey: string | undefined;
}

/** Asks an endpoint one question. @throws AimError remote when it does not answer it */
export async function testInference(url: string, { signal, apiKey }: InferenceOptions): Promise<InferenceTest> {
  const call = {
    timeoutMs: TIMEOUT_MS,
    signal,
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  };
  const servedModel = parseServedModel(await ask(`${url}/v1/models`, call));
  let last: HttpAnswer | undefined;
  for (const { path, prompt } of INTERFACES) {
    const startedMs = performance.now();
    last = await ask(`${url}${path}`, { ...call, body: { model: servedModel, ...prompt, max_tokens: MOST_TOKENS } });
    signal.throwIfAborted();
    const elapsedMs = performance.now() - startedMs;
    const result = last?.status === 200 ? parseAnswer(last.body) : undefined;
    if (result === undefined) continue;
    return { servedModel, ...result, elapsedMs, tokensPerSecond: (result.tokens / elapsedMs) * 1000 };
  }
  throw failed(last);
}

function parseServedModel(answer: HttpAnswer | undefined): string {
  const list = answer?.status === 200 ? parseJson(answer.body) : undefined;
  const id = (list as { data?: { id?: unknown }[] } | undefined)?.data?.[0]?.id;
  if (typeof id === 'string') return id;
  throw failed(answer);
}

function parseAnswer(body: string): { readonly answer: string; readonly tokens: number } | undefined {
  const answer = parseJson(body) as
    | {
        choices?: { text?: string; message?: { content?: string | null; reasoning_content?: string | null } }[];
        usage?: { completion_tokens?: number };
      }
    | undefined;
  const choice = answer?.choices?.[0];
  const text = choice?.text ?? choice?.message?.content ?? choice?.message?.reasoning_content ?? '';
  const tokens = answer?.usage?.completion_tokens ?? 0;
  return text.trim() === '' || tokens === 0 ? undefined : { answer: text.trim(), tokens };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(answer: HttpAnswer | undefined): Error {
  const said = answer === undefined ? 'no answer came' : `status ${answer.status}`;
  return failure('remote', {
    message: `the endpoint is up but the test request failed: ${said}`,
    details: answer === undefined || answer.body === '' ? [] : [answer.body.slice(0, 500)],
    hint: 'Launch with --no-test to keep the endpoint and look at it yourself.',
  });
}
