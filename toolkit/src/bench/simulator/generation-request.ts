import { ApiError } from './api-error.ts';
import type { Tokenizer } from './tokenizer.ts';

const DEFAULT_COMPLETION_TOKENS = 16;
/** Tokens that a chat template puts around each message, and before the answer. */
const TEMPLATE_TOKENS = [151_644, 151_645, 198];

/** A request for text, checked. */
export interface GenerationRequest {
  readonly chat: boolean;
  readonly prompt: readonly number[];
  /** Undefined: until the answer ends by itself. */
  readonly maxTokens: number | undefined;
  readonly ignoreEos: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
}

export interface RequestLimits {
  readonly model: string;
  readonly maxModelLen: number;
}

type Body = Readonly<Record<string, unknown>>;

/** Reads a JSON object. @throws ApiError 400 */
export function parseBody(text: string): Body {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'The request body is not JSON.');
  }
  if (!isObject(body)) throw new ApiError(400, 'The request body is not a JSON object.');
  return body;
}

/** Checks a body as vLLM does. @throws ApiError saying what is wrong */
export function parseGeneration(
  body: Body,
  chat: boolean,
  deps: RequestLimits & { tokenizer: Tokenizer },
): GenerationRequest {
  const { model, maxModelLen, tokenizer } = deps;
  if (typeof body['model'] === 'string' && body['model'] !== model)
    throw new ApiError(404, `The model \`${body['model']}\` does not exist.`, 'model');
  const prompt = chat ? encodeChat(body['messages'], tokenizer) : encodePrompt(body['prompt'], tokenizer);
  const maxTokens = readLimit(body, chat);
  const wanted = prompt.length + (maxTokens ?? 1);
  if (wanted > maxModelLen) {
    const request = `you requested ${wanted} tokens (${prompt.length} in the prompt, ${maxTokens ?? 1} in the completion)`;
    throw new ApiError(400, `This model's maximum context length is ${maxModelLen} tokens. However, ${request}.`);
  }
  const stream = body['stream'] === true;
  const options = body['stream_options'] ?? {};
  if (!isObject(options) || (Object.keys(options).length > 0 && !stream))
    throw new ApiError(400, 'Stream options can only be defined when `stream=True`.', 'stream_options');
  const includeUsage = options['include_usage'] === true;
  return {
    chat,
    prompt,
    maxTokens,
    ignoreEos: body['ignore_eos'] === true,
    stream,
    includeUsage,
    continuousUsage: includeUsage && options['continuous_usage_stats'] === true,
  };
}

/** Tokens of the messages, with what a template adds. @throws ApiError 400 */
export function encodeChat(messages: unknown, tokenizer: Tokenizer): readonly number[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw new ApiError(400, '`messages` must be a list with at least one message.', 'messages');
  const tokens = messages.flatMap((message: unknown) => {
    if (!isObject(message) || typeof message['role'] !== 'string')
      throw new ApiError(400, 'Every message must be an object with a `role`.', 'messages');
    return [...TEMPLATE_TOKENS, ...tokenizer.encode(contentText(message['content']))];
  });
  return [...tokens, ...TEMPLATE_TOKENS];
}

/** Tokens of a text or of a list of token ids. @throws ApiError 400 */
export function encodePrompt(prompt: unknown, tokenizer: Tokenizer): readonly number[] {
  const tokens = typeof prompt === 'string' ? tokenizer.encode(prompt) : prompt;
  if (!Array.isArray(tokens) || !tokens.every((token): token is number => Number.isSafeInteger(token)))
    throw new ApiError(400, '`prompt` must be a text or a list of token ids.', 'prompt');
  if (tokens.length === 0) throw new ApiError(400, 'The prompt must hold at least one token.', 'prompt');
  return tokens;
}

function contentText(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [{ text: content }];
  return parts.map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function readLimit(body: Body, chat: boolean): number | undefined {
  for (const name of chat ? ['max_completion_tokens', 'max_tokens'] : ['max_tokens']) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
      throw new ApiError(400, `\`${name}\` must be an integer of at least 1.`, name);
    return value;
  }
  return chat ? undefined : DEFAULT_COMPLETION_TOKENS;
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
