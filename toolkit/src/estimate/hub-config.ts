import { AimError, messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { HubSettings } from './model-sources.ts';

const LIMIT_MS = 10_000;
/** Far above any model's configuration; a server that sends more sends something else. */
const MOST_BYTES = 4 * 1024 ** 2;

/**
 * Fetches a model's `config.json` from the hub. Throws AimError `remote`, or `environment` when access is refused,
 * saying what to do instead.
 */
export async function fetchModelConfig(id: string, hub: HubSettings, signal: AbortSignal): Promise<unknown> {
  const [name = id, revision = 'main'] = id.split('@');
  const url = `${hub.endpoint}/${name}/resolve/${encodeURIComponent(revision)}/config.json`;
  const headers = hub.token === undefined ? {} : { authorization: `Bearer ${hub.token}` };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const response = await fetch(url, { headers, signal: limit });
    if (!response.ok) throw refused(url, response.status, hub);
    return JSON.parse(await readBounded(response));
  } catch (error) {
    if (error instanceof AimError) throw error;
    signal.throwIfAborted();
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw failure('remote', { message: `${url} could not be read: ${reason}`, hint: INSTEAD, cause: error });
  }
}

const INSTEAD = "Give the model's configuration with --model-config FILE.";

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
  }
  return text;
}

function refused(url: string, status: number, { token }: HubSettings): Error {
  if (status === 401 || status === 403) {
    const hint = token === undefined ? 'Set HF_TOKEN to a token with access.' : 'The token of HF_TOKEN has no access.';
    return failure('environment', {
      message: `${url} is not open to everyone (HTTP ${status})`,
      hint: `${hint} ${INSTEAD}`,
    });
  }
  const why = status === 404 ? 'there is no such model, or it has no config.json' : 'the server refused';
  return failure('remote', { message: `${url}: ${why} (HTTP ${status})`, hint: INSTEAD });
}
