import type { ChatMessage, PlannedTurn, Prompt } from '../load/request.ts';
import type { PointSpec } from '../point.ts';

const PATHS: Readonly<Record<PointSpec['endpoint'], string>> = {
  completions: '/v1/completions',
  chat: '/v1/chat/completions',
};

const COMMA = 44;
const ZERO = 48;
const MAX_ID_DIGITS = 10;

/** Path below the server's root. */
export function endpointPath(endpoint: PointSpec['endpoint']): string {
  return PATHS[endpoint];
}

/** Body of one streaming request, UTF-8. Lengths are exact: neither an end token nor a stop word ends the answer. */
export function renderBody(endpoint: PointSpec['endpoint'], model: string, turn: PlannedTurn): Buffer<ArrayBuffer> {
  const { prompt } = turn;
  const rest = JSON.stringify({ model, ...lengthFields(turn.outputTokens, endpoint), ...STREAM_FIELDS });
  if (endpoint === 'chat') return joinBody('messages', Buffer.from(JSON.stringify(toMessages(prompt))), rest);
  const value = prompt.kind === 'tokens' ? renderIds(prompt.tokens) : Buffer.from(JSON.stringify(toText(prompt)));
  return joinBody('prompt', value, rest);
}

/** The message that a prompt adds to a conversation. */
export function toMessages(prompt: Prompt): readonly ChatMessage[] {
  if (prompt.kind === 'messages') return prompt.messages;
  return [{ role: 'user', content: toText(prompt) }];
}

const STREAM_FIELDS = {
  temperature: 0,
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
};

function lengthFields(outputTokens: number | undefined, endpoint: PointSpec['endpoint']): Record<string, unknown> {
  if (outputTokens === undefined) return {};
  const limit = endpoint === 'chat' ? { max_completion_tokens: outputTokens } : {};
  return { max_tokens: outputTokens, ...limit, min_tokens: outputTokens, ignore_eos: true };
}

function toText(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.text;
  if (prompt.kind === 'messages') return prompt.messages.map(({ content }) => content).join('\n');
  throw new TypeError('the prompt is token ids, which only /v1/completions takes');
}

function joinBody(field: string, value: Buffer, rest: string): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.from(`{"${field}":`), value, Buffer.from(`,${rest.slice(1)}`)]);
}

/** `[1,2,…]` written as bytes: prompts have tens of thousands of ids, and this is several times as fast as JSON. */
function renderIds(ids: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * (MAX_ID_DIGITS + 1) + 2);
  let at = 0;
  bytes[at++] = '['.charCodeAt(0);
  for (let index = 0; index < ids.length; index++) {
    if (index > 0) bytes[at++] = COMMA;
    at = writeDigits(bytes, at, ids[index] ?? 0);
  }
  bytes[at++] = ']'.charCodeAt(0);
  return bytes.subarray(0, at);
}

function writeDigits(bytes: Buffer, from: number, id: number): number {
  let length = 1;
  for (let limit = 10; id >= limit; limit *= 10) length++;
  let rest = id;
  for (let at = from + length - 1; at >= from; at--) {
    bytes[at] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return from + length;
}
