import { ask, type HttpAnswer } from '../../engine/http.ts';
import { failure } from '../../exit-codes.ts';

const TIMEOUT_MS = 5_000;

/** What a running server says of itself. */
export interface ServedFacts {
  /** Name of the first model it serves. */
  readonly model: string;
  readonly engineVersion: string | undefined;
}

/** Asks a server for its models and its version. @throws AimError remote when it serves no model */
export async function askServer(url: string, signal: AbortSignal): Promise<ServedFacts> {
  const call = { timeoutMs: TIMEOUT_MS, signal };
  const answer = await ask(`${url}/v1/models`, call);
  signal.throwIfAborted();
  const model = (parseBody(answer) as { data?: { id?: unknown }[] } | undefined)?.data?.[0]?.id;
  if (typeof model !== 'string') {
    throw failure('remote', {
      message: `${url}/v1/models ${answer === undefined ? 'does not answer' : `names no model (status ${answer.status})`}`,
      hint: 'Give the address of an OpenAI-compatible server without /v1, such as http://127.0.0.1:8000.',
    });
  }
  const version = parseBody(await ask(`${url}/version`, call)) as { version?: unknown } | undefined;
  const found = version?.version;
  return { model, engineVersion: typeof found === 'string' ? found : undefined };
}

/** The object an answer holds; undefined for a refusal and for what is no JSON object. */
function parseBody(answer: HttpAnswer | undefined): object | undefined {
  if (answer?.status !== 200) return undefined;
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
