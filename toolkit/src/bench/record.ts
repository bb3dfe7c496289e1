/** How a request ended; each fault class of the wire is one of its own. */
export type RequestOutcome =
  | 'ok'
  /** An `error` object inside a stream that began with status 200. */
  | 'error_frame'
  /** The connection closed in order, without `[DONE]`. */
  | 'eof_without_done'
  /** The server's usage differs from what was asked for with `ignore_eos`. */
  | 'wrong_token_count'
  /** Finished in order without a single token. */
  | 'no_tokens'
  | 'malformed_frame'
  | 'http_4xx'
  | 'http_5xx'
  | 'timeout'
  | 'connection_reset'
  | 'connection_refused'
  /** Still running when the point was ended. */
  | 'cancelled';

/**
 * One request as the client saw it. All times are milliseconds of one monotonic clock that starts with the point
 * (`performance.now()` minus the point's start); absent where the event never came.
 */
export interface RequestRecord {
  readonly index: number;
  readonly phase: 'warmup' | 'measured';
  /** Conversation and turn for multi-turn datasets. */
  readonly session?: number;
  readonly turn?: number;
  /** When the schedule wanted it sent; in closed loops when its slot became free. */
  readonly intendedMs: number;
  /** Just before the request was handed to the connection. */
  readonly sentMs: number;
  /** First event whose `choices` is not empty, whatever it holds: vLLM's first token. */
  readonly firstEventMs?: number;
  /** First event that carries content, reasoning or tool-call text. */
  readonly firstContentMs?: number;
  /** Stream ended, failed or was given up. */
  readonly endMs: number;
  /** Arrival of every event with non-empty `choices`, ascending. */
  readonly eventTimesMs: readonly number[];
  /** Tokens each of these events carried, from the growth of the server's running usage; absent if it reports none. */
  readonly eventTokens?: readonly number[];
  readonly requestedInputTokens?: number;
  readonly requestedOutputTokens?: number;
  /** From the server's usage. */
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
  readonly outcome: RequestOutcome;
  readonly status?: number;
  readonly error?: string;
  /** Generated text; kept only where asked for (correctness gate, detailed output). */
  readonly text?: string;
}
