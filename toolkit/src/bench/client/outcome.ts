import type { RequestOutcome } from '../record.ts';

/** How a request's connection ended. */
export type Ending =
  /** The response is complete. */
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' };

/** What was seen of a request's answer when it ended. */
export interface Seen {
  /** 0 while no head of a response has come. */
  readonly status: number;
  readonly done: boolean;
  readonly finishReason: string | undefined;
  readonly errorFrame: string | undefined;
  readonly malformed: string | undefined;
  /** Events with non-empty `choices`. */
  readonly events: number;
  readonly outputTokens: number | undefined;
  /** What `ignore_eos` asked for; undefined where the model may stop when it likes. */
  readonly exactOutputTokens: number | undefined;
  /** Message in the body of an answer other than 200. */
  readonly errorBody: string;
}

export interface Verdict {
  readonly outcome: RequestOutcome;
  readonly error?: string;
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The peer closed in order (FIN), as undici names it; a reset has the code of the system call. */
const CLOSED_BY_PEER = 'UND_ERR_SOCKET';

/** Names what happened. What the server said comes before how the connection ended; a reset after `[DONE]` is none. */
export function classifyOutcome(seen: Seen, ending: Ending): Verdict {
  if (ending.kind === 'cancelled' || ending.kind === 'timeout') return { outcome: ending.kind };
  if (seen.status !== 0 && seen.status !== 200 && ending.kind === 'end')
    return { outcome: seen.status >= 500 ? 'http_5xx' : 'http_4xx', error: seen.errorBody };
  if (seen.errorFrame !== undefined) return { outcome: 'error_frame', error: seen.errorFrame };
  if (seen.malformed !== undefined) return { outcome: 'malformed_frame', error: seen.malformed };
  if (!seen.done) return classifyUnfinished(seen, ending);
  return classifyFinished(seen);
}

function classifyUnfinished(seen: Seen, ending: Ending): Verdict {
  if (ending.kind !== 'error') return { outcome: 'eof_without_done' };
  const error = `${ending.code}: ${ending.message}`;
  if (NEVER_CONNECTED.has(ending.code) && seen.status === 0) return { outcome: 'connection_refused', error };
  if (ending.code === CLOSED_BY_PEER && seen.status === 200) return { outcome: 'eof_without_done', error };
  // undici's parser has a code of its own for some of its failures only.
  if (ending.code === 'HTTPParserError' || ending.code.startsWith('HPE_')) return { outcome: 'malformed_frame', error };
  return { outcome: 'connection_reset', error };
}

function classifyFinished({ events, outputTokens, exactOutputTokens, finishReason }: Seen): Verdict {
  if (events === 0 || outputTokens === 0) return { outcome: 'no_tokens' };
  if (finishReason === 'abort' || finishReason === 'error')
    return { outcome: 'error_frame', error: `finish_reason ${finishReason}` };
  if (exactOutputTokens !== undefined && outputTokens !== undefined && outputTokens !== exactOutputTokens)
    return { outcome: 'wrong_token_count', error: `${outputTokens} tokens instead of ${exactOutputTokens}` };
  if (finishReason === undefined && outputTokens === undefined)
    return { outcome: 'malformed_frame', error: '[DONE] without finish_reason and usage' };
  return { outcome: 'ok' };
}
