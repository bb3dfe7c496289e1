import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';
import { RetryableError } from './remote.ts';
import { parseRetryAfter } from './retry.ts';

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const CHANGED = new Set(['NoSuchKey', 'NotFound', 'PreconditionFailed']);
const NOT_IMPLEMENTED = 501;
const NO_CREDENTIALS = /credential|token.*(?:expired|invalid)|InvalidAccessKeyId|SignatureDoesNotMatch/i;

/** Tells what a failure of the SDK means: an AimError where repetition is of no use, a RetryableError otherwise. */
export function explainS3(thrown: unknown, bucket: string): Error {
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  if (thrown.name === 'AbortError') return thrown;
  const error: SdkError = thrown;
  const refusal = refusalOf(error, bucket);
  if (refusal) return new AimError<RuntimeErrorCode>(refusal.code, { ...refusal, cause: error });
  const { headers } = error.$response ?? {};
  const retryAfterMs = parseRetryAfter(headers?.['retry-after'], Date.now());
  return new RetryableError(`${bucket}: ${error.name}: ${messageOf(error)}`, retryAfterMs);
}

interface Refusal {
  readonly code: RuntimeErrorCode;
  readonly message: string;
  readonly hint: string;
}

function refusalOf(error: SdkError, bucket: string): Refusal | undefined {
  const status = error.$metadata?.httpStatusCode ?? 0;
  const said = `${error.name}: ${error.message}`;
  if (error.name === 'NoSuchBucket') {
    return { code: 'config', message: `there is no bucket ${bucket}`, hint: 'Check the name and AWS_ENDPOINT_URL.' };
  }
  if (CHANGED.has(error.name) || status === 412) {
    const message = `an object of ${bucket} was changed during the download`;
    return { code: 'network', message, hint: 'Run the command again.' };
  }
  if (status === 401 || status === 403 || NO_CREDENTIALS.test(said)) {
    const hint = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the host a role that may read the bucket.';
    return { code: 'auth', message: `${bucket} refuses access: ${said}`, hint };
  }
  const passes = status === 0 || (status >= 500 && status !== NOT_IMPLEMENTED) || [408, 409, 425, 429].includes(status);
  return passes ? undefined : { code: 'network', message: `${bucket}: ${said}`, hint: 'Check AWS_ENDPOINT_URL.' };
}
