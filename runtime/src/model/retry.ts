import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';
import { RetryableError } from './remote.ts';

/** How patiently failures of the network are met. */
export interface Patience {
  /** Attempts in a row without a single byte. */
  readonly attempts: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A range that brings nothing for this long is asked for anew. */
  readonly stallMs: number;
}

export const PATIENCE: Patience = { attempts: 7, firstWaitMs: 500, longestWaitMs: 30_000, stallMs: 30_000 };

const LONGEST_ASKED_WAIT_MS = 300_000;
const HARD_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENOENT',
  'EMFILE',
  'EFBIG',
  'ELOOP',
]);

/** True for a failure that repetition does not cure: what we diagnosed ourselves, and the disk's. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof AimError) return true;
  const isLocal = error instanceof Error && 'syscall' in error && 'code' in error;
  return isLocal && typeof error.code === 'string' && HARD_CODES.has(error.code);
}

/** Milliseconds to wait before attempt number `failures` + 1: what the server asks for, else twice as long each time. */
export function waitMs(error: unknown, failures: number, patience: Patience): number {
  const asked = error instanceof RetryableError ? error.retryAfterMs : undefined;
  if (asked !== undefined) return Math.min(asked, LONGEST_ASKED_WAIT_MS);
  const full = Math.min(patience.longestWaitMs, patience.firstWaitMs * 2 ** Math.max(0, failures - 1));
  return full / 2 + (Math.random() * full) / 2; // clients that failed together do not come back together
}

/** Repeats `attempt` until it succeeds, fails for good, or patience is at an end. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  options: { readonly what: string; readonly patience: Patience; readonly signal: AbortSignal },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      if (isPermanent(error)) throw error;
      if (failures >= options.patience.attempts) throw gaveUp(options.what, failures, error);
      await sleep(waitMs(error, failures, options.patience), undefined, { signal: options.signal });
    }
  }
}

/** The error after the last attempt. */
export function gaveUp(what: string, attempts: number, error: unknown): AimError<RuntimeErrorCode> {
  return new AimError('network', {
    message: `${what} failed ${attempts} times in a row: ${messageOf(error)}`,
    hint: 'Run the command again: it goes on where it stopped. HF_ENDPOINT and AWS_ENDPOINT_URL name other servers.',
    cause: error,
  });
}

/** Reads a Retry-After header: seconds or a date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
