import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../exit-codes.ts';
import type { HubSettings } from '../estimate/model-sources.ts';

/** A file of a model's repository, and what is known of the copy that is there. */
export interface HubFile {
  readonly id: string;
  readonly file: string;
  readonly etag: string | undefined;
}

/** The hub's answer for one file. */
export type HubAnswer =
  | { readonly kind: 'content'; readonly text: string; readonly etag: string | undefined }
  | { readonly kind: 'unchanged'; readonly etag: string | undefined };

const LIMIT_MS = 20_000;
const MOST_BYTES = 8 * 1024 ** 2;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;
/** A server that wants to be left alone for longer is asked another time. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Fetches a file if it is not the one that is there. Waits and asks again when the hub is busy.
 * @throws AimError environment when access is refused, remote for everything else
 */
export async function fetchHubFile(wanted: HubFile, hub: HubSettings, signal: AbortSignal): Promise<HubAnswer> {
  const url = `${hub.endpoint}/${wanted.id}/resolve/main/${wanted.file}`;
  for (let attempt = 1; ; attempt++) {
    const response = await ask(url, { etag: wanted.etag, token: hub.token }, signal);
    if (response.status === 304) return { kind: 'unchanged', etag: wanted.etag };
    if (response.ok) {
      return {
        kind: 'content',
        text: await readBounded(url, response),
        etag: response.headers.get('etag') ?? undefined,
      };
    }
    await response.body?.cancel();
    const busy = response.status === 429 || response.status >= 500;
    const waitMs = busy && attempt < ATTEMPTS ? waitOf(response, attempt) : undefined;
    if (waitMs === undefined || waitMs > LONGEST_WAIT_MS) throw refused(url, response.status, hub);
    await sleep(waitMs, undefined, { signal });
  }
}

async function ask(
  url: string,
  { etag, token }: { readonly etag: string | undefined; readonly token: string | undefined },
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    // fetch takes this header away when it is redirected to another host.
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    return await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]) });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw failure('remote', {
      message: `${url} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'Check the network and HF_ENDPOINT.',
      cause: error,
    });
  }
}

function waitOf({ headers }: Response, attempt: number): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : FIRST_WAIT_MS * 2 ** (attempt - 1);
}

async function readBounded(url: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > MOST_BYTES) throw failure('remote', { message: `${url} is larger than ${MOST_BYTES} bytes` });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refused(url: string, status: number, { token }: HubSettings): Error {
  if (status === 401 || status === 403) {
    const hint = token === undefined ? 'Set HF_TOKEN to a token with access.' : 'The token of HF_TOKEN has no access.';
    return failure('environment', { message: `${url} is not open to everyone (HTTP ${status})`, hint });
  }
  return failure('remote', { message: `${url}: HTTP ${status}`, hint: 'Try again later, or check HF_ENDPOINT.' });
}
