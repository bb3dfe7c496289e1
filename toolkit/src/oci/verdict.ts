import { systemCode } from 'aim-runtime/system';
import { STALLED } from './transport.ts';

/** What an answer means for the request that got it. */
export type Verdict =
  /** The answer counts, whatever its status. */
  | { readonly kind: 'final' }
  /** The host wants fewer requests. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | undefined }
  /** It may well work the next time. */
  | { readonly kind: 'transient' };

const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 499, 500, 502, 503, 504, 522]);
const TRANSIENT_ERRORS: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'ETIMEDOUT',
  'HPE_INVALID_EOF_STATE',
  STALLED,
]);
/** GHCR answers 403 when it is asked too often, and says so in the body only. */
const RATE_LIMIT_TEXT = /secondary rate limit|rate limit exceeded|too many requests/i;

export interface AnswerFacts {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Judges an answer. `nowMs` is the time since 1970, for a Retry-After that names a date. */
export function judgeAnswer(answer: AnswerFacts, nowMs: number): Verdict {
  const { status, body } = answer;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  if (status === 429 || (status === 403 && RATE_LIMIT_TEXT.test(body))) return { kind: 'throttled', retryAfterMs };
  // Without a body, as HEAD gets, the header alone tells it from a refusal.
  if ((status === 503 || status === 403) && retryAfterMs !== undefined) return { kind: 'throttled', retryAfterMs };
  const isGatewayPage = status >= 500 && (answer.contentType ?? '').includes('text/html');
  return TRANSIENT_STATUS.has(status) || isGatewayPage ? { kind: 'transient' } : { kind: 'final' };
}

/** Judges an error of the connection. */
export function judgeError(error: unknown): Verdict {
  return TRANSIENT_ERRORS.has(rootCode(error) ?? '') ? { kind: 'transient' } : { kind: 'final' };
}

/** System code of an error or of what caused it. */
export function rootCode(error: unknown): string | undefined {
  const code = systemCode(error);
  if (code !== undefined || !(error instanceof Error)) return code;
  return error.cause === undefined ? undefined : rootCode(error.cause);
}

/** Milliseconds a Retry-After header asks to wait: seconds or a date. Undefined when it cannot be understood. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,15}(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
