import { Octokit } from '@octokit/rest';
import type { Clock } from '../../oci/clock.ts';

export interface GitHubOptions {
  /** GITHUB_API_URL. */
  readonly apiUrl: string;
  readonly token: string;
  readonly userAgent: string;
  /** Ends all requests and waits. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Told when GitHub asked for a pause. */
  readonly onPause: (pause: { readonly delayMs: number; readonly reason: string }) => void;
}

/** Tries of one request. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 1_000;
/** What GitHub asks for when it limits the rate and names no time. */
const LIMITED_PAUSE_MS = 60_000;
/** A pause no program should wait for: the hourly limit is used up. */
const LONGEST_PAUSE_MS = 10 * 60_000;
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Parameters of a request that would do a thing twice although its method is one that may be repeated. */
export const ONCE = { request: { isOnce: true } } as const;

interface FailedRequest {
  readonly method: string;
  /** True when it was sent with {@link ONCE}. */
  readonly isOnce?: boolean;
  /** This one included. */
  readonly tries: number;
  readonly nowMs: number;
}

interface Refusal {
  readonly status?: number;
  readonly message?: string;
  readonly response?: { readonly headers?: Readonly<Record<string, string | number | undefined>> };
}

/**
 * GitHub's API. Pauses that GitHub asks for are kept, and failures that pass are tried again; requests that would
 * do a thing twice only where it is known that they were not carried out.
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export function connectGitHub({ apiUrl, token, userAgent, signal, clock, onPause }: GitHubOptions): Octokit {
  const client = new Octokit({ auth: token, baseUrl: apiUrl, userAgent, log: SILENT, request: { signal } });
  client.hook.wrap('request', async (request, options) => {
    for (let tries = 1; ; tries++) {
      try {
        return await request(options);
      } catch (error) {
        signal.throwIfAborted();
        const { method, request: own } = options;
        const isOnce = own['isOnce'] === true;
        const delayMs = computePauseMs(error as Refusal, { method, isOnce, tries, nowMs: clock.nowMs() });
        if (delayMs === undefined || tries === MAX_TRIES) throw error;
        onPause({ delayMs, reason: error instanceof Error ? error.message : 'no answer' });
        await clock.sleep(delayMs, signal);
      }
    }
  });
  return client;
}

/** How long to wait before another try; undefined when it would not help. */
export function computePauseMs(
  { status = 0, message = '', response }: Refusal,
  { method, isOnce = false, tries, nowMs }: FailedRequest,
): number | undefined {
  const headers = response?.headers ?? {};
  const isLimited = status === 429 || (status === 403 && (/rate limit/i.test(message) || 'retry-after' in headers));
  if (isLimited) return fitting(limitMs(headers, nowMs) ?? LIMITED_PAUSE_MS);
  // Octokit reports a broken connection as status 500. What GitHub may have done must not be done twice.
  const isRepeatable = !isOnce && (method === 'GET' || method === 'PATCH' || method === 'PUT');
  return status >= 500 && isRepeatable ? FIRST_PAUSE_MS * 2 ** (tries - 1) : undefined;
}

function limitMs(headers: NonNullable<Refusal['response']>['headers'] & object, nowMs: number): number | undefined {
  const seconds = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(seconds)) return seconds * 1_000;
  const resetSeconds = Number(headers['x-ratelimit-reset']);
  const isUsedUp = String(headers['x-ratelimit-remaining']) === '0';
  return isUsedUp && Number.isFinite(resetSeconds) ? Math.max(0, resetSeconds * 1_000 - nowMs) : undefined;
}

function fitting(delayMs: number): number | undefined {
  return delayMs <= LONGEST_PAUSE_MS ? delayMs : undefined;
}
