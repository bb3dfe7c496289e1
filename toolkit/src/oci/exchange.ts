import type { Readable } from 'node:stream';
import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import type { Clock } from './clock.ts';
import { answerFailure, connectionFailure, quoteAnswer } from './errors.ts';
import { backoffMs, LongPauseError, type HostLimiters, type Slot } from './limiter.ts';
import { readCapped, type HttpRequest, type HttpResponse, type HttpTransport } from './transport.ts';
import { judgeAnswer, judgeError, type Verdict } from './verdict.ts';

/** A request together with what it is for. */
export interface ExchangeRequest extends Omit<HttpRequest, 'signal'> {
  /** Names the step in messages: `push ghcr.io/org/a:1`. */
  readonly what: string;
  /** A longer body is an error. */
  readonly maxBodyBytes: number;
  /** Leaves the body of a successful answer to be read by the caller. */
  readonly stream?: boolean;
  /** For a token that other requests, which have their places already, may be waiting for. */
  readonly isForToken?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
  /** Empty when it was left to be read. */
  readonly body: Buffer;
  readonly stream: Readable | undefined;
}

/** A failure after which another try makes sense. */
export interface FailedAttempt {
  readonly outcome: 'try-again';
  readonly failure: AimError<ToolkitErrorCode>;
  /** For how long the host wants no requests; undefined when it did not say so. */
  readonly pausedMs: number | undefined;
}

/** One try. */
export type Attempt = { readonly outcome: 'answered'; readonly answer: Answer } | FailedAttempt;

/** How long a step is tried. */
export interface Patience {
  /** Time by the clock at which it ends. */
  readonly untilMs: number;
  /** Waits for the next try. @throws the failure when there is none */
  next(failed: FailedAttempt): Promise<void>;
}

/** Sends requests within the limits of their hosts. Knows neither credentials nor redirects. */
export interface Exchange {
  /** Repeats until there is an answer that counts. @throws AimError remote */
  send(request: ExchangeRequest): Promise<Answer>;
  /** For requests that must not simply be repeated. */
  attempt(request: ExchangeRequest): Promise<Attempt>;
  patience(what: string): Patience;
}

export interface ExchangeOptions {
  readonly transport: HttpTransport;
  readonly limiters: HostLimiters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Tries of one step that fail without the registry asking for a pause. */
  readonly maxFailures: number;
  /** Longest time one step is tried. */
  readonly budgetMs: number;
  readonly onRetry?: (retry: { readonly what: string; readonly delayMs: number; readonly reason: string }) => void;
}

const FIRST_DELAY_MS = 200;
const MAX_ERROR_BYTES = 64 * 1024;

export function createExchange(options: ExchangeOptions): Exchange {
  const patience = (what: string) => createPatience(options, what);
  return {
    attempt: (request) => attemptOnce(options, request, options.clock.nowMs() + options.budgetMs),
    patience,
    send: async (request) => {
      const waits = patience(request.what);
      for (;;) {
        const result = await attemptOnce(options, request, waits.untilMs);
        if (result.outcome === 'answered') return result.answer;
        await waits.next(result);
      }
    },
  };
}

async function attemptOnce(options: ExchangeOptions, request: ExchangeRequest, untilMs: number): Promise<Attempt> {
  const { transport, signal } = options;
  const slot = await acquireSlot(options, request, untilMs);
  let held = false;
  try {
    const response = await transport.request({ ...request, signal });
    if (request.stream === true && response.status < 300) {
      held = true;
      return streamed(request, response, slot);
    }
    const isError = response.status >= 400;
    const { bytes, isWhole } = await readCapped(response.body, isError ? MAX_ERROR_BYTES : request.maxBodyBytes);
    if (!isWhole && !isError) throw tooLarge(request);
    return weigh(options, slot, { what: request.what, ...toAnswer(request.url, response), body: bytes });
  } catch (error) {
    signal.throwIfAborted();
    const known = connectionOrOwn(request, error);
    if (judgeError(error).kind === 'final') throw known;
    slot.failed(known.message);
    return { outcome: 'try-again', failure: known, pausedMs: undefined };
  } finally {
    if (!held) slot.release();
  }
}

async function acquireSlot(
  { limiters, signal }: ExchangeOptions,
  { url: { host }, what, stream, isForToken }: ExchangeRequest,
  untilMs: number,
): Promise<Slot> {
  const lane = isForToken === true ? 'token' : stream === true ? 'stream' : 'request';
  try {
    return await limiters.of(host).acquire(signal, { lane, untilMs });
  } catch (error) {
    if (!(error instanceof LongPauseError)) throw error;
    const { reason, delayMs } = error;
    throw failure('remote', {
      message: `cannot ${what}: ${host} wants no requests now: ${reason} (${untilNextTry(delayMs)})`,
      hint: 'Run the command again when the pause is over.',
      cause: error,
    });
  }
}

function untilNextTry(delayMs: number): string {
  return `it would take another ${Math.round(delayMs / 1_000)} s until the next try`;
}

function toAnswer(url: URL, response: HttpResponse): Omit<Answer, 'body' | 'stream'> {
  return { status: response.status, url, header: (name) => response.header(name) };
}

type AnswerFor = Omit<Answer, 'stream'> & { readonly what: string };

function weigh(options: ExchangeOptions, slot: Slot, { what, ...answer }: AnswerFor): Attempt {
  const verdict = verdictOf(options, answer);
  const failed = { host: answer.url.host, status: answer.status, body: answer.body };
  switch (verdict.kind) {
    case 'final':
      slot.succeeded();
      return { outcome: 'answered', answer: { ...answer, stream: undefined } };
    case 'throttled': {
      const pausedMs = slot.throttled(verdict.retryAfterMs, quoteAnswer(failed));
      return { outcome: 'try-again', failure: answerFailure(what, failed), pausedMs };
    }
    case 'transient':
      slot.failed(quoteAnswer(failed));
      return { outcome: 'try-again', failure: answerFailure(what, failed), pausedMs: undefined };
  }
}

function verdictOf({ clock }: ExchangeOptions, answer: Omit<AnswerFor, 'what'>): Verdict {
  const facts = {
    status: answer.status,
    retryAfter: answer.header('retry-after'),
    contentType: answer.header('content-type'),
    body: answer.body.toString('utf8'),
  };
  return answer.status < 400 ? { kind: 'final' } : judgeAnswer(facts, clock.nowMs());
}

/** The place at the host is taken until the body has been read or given up. */
function streamed({ url }: ExchangeRequest, response: HttpResponse, slot: Slot): Attempt {
  slot.succeeded();
  response.body.once('close', () => slot.release());
  const answer = { ...toAnswer(url, response), body: Buffer.alloc(0), stream: response.body };
  return { outcome: 'answered', answer };
}

function createPatience(options: ExchangeOptions, what: string): Patience {
  const { clock, signal, maxFailures, budgetMs } = options;
  const untilMs = clock.nowMs() + budgetMs;
  let failures = 0;
  const giveUp = ({ message, cause, ...rest }: AimError<ToolkitErrorCode>, why: string) =>
    failure('remote', {
      message: `${message} (${why})`,
      cause,
      ...(rest.hint === undefined ? {} : { hint: rest.hint }),
    });
  return {
    untilMs,
    next: async (failed) => {
      if (failed.pausedMs === undefined) failures += 1;
      if (failures >= maxFailures) throw giveUp(failed.failure, `tried ${failures} times`);
      const delayMs = failed.pausedMs ?? backoffMs(failures, FIRST_DELAY_MS, options.random);
      if (clock.nowMs() + delayMs > untilMs) throw giveUp(failed.failure, untilNextTry(delayMs));
      options.onRetry?.({ what, delayMs, reason: failed.failure.message });
      // A pause of the host is waited for where the next request asks for its place.
      if (failed.pausedMs === undefined) await clock.sleep(delayMs, signal);
    },
  };
}

function tooLarge({ what, url, maxBodyBytes }: ExchangeRequest): AimError<ToolkitErrorCode> {
  return failure('remote', { message: `cannot ${what}: ${url.host} sent more than ${maxBodyBytes} bytes` });
}

function connectionOrOwn(request: ExchangeRequest, error: unknown): AimError<ToolkitErrorCode> {
  return isOwn(error) ? error : connectionFailure(request.what, request.url.host, error);
}

function isOwn(error: unknown): error is AimError<ToolkitErrorCode> {
  return error instanceof Error && error.name === 'AimError';
}
