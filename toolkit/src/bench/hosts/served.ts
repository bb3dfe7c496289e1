import { ask, type HttpAnswer } from '../../engine/http.ts';
import { failure } from '../../exit-codes.ts';

const TIMEOUT_MS = 5_000;

/** What a running server says of itself. */
export interface ServedFacts {
  /** Name by which the server knows the model that is measured. */
  readonly model: string;
  readonly engineVersion: string | undefined;
}

export interface ServerQuestion {
  readonly signal: AbortSignal;
  /** Sent with every question. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The model that is meant; absent: the first that is served. */
  readonly model?: string | undefined;
}

/**
 * Asks a server for its models and its version.
 * @throws AimError remote when it serves no model, usage when it does not serve the one that is meant
 */
export async function askServer(url: string, { signal, headers = {}, model }: ServerQuestion): Promise<ServedFacts> {
  const call = { timeoutMs: TIMEOUT_MS, signal, headers };
  const answer = await ask(`${url}/v1/models`, call);
  signal.throwIfAborted();
  const served = readModels(answer);
  if (served.length === 0) throw noModel(url, answer);
  const chosen = model === undefined ? served[0] : served.find((each) => each === model);
  if (chosen === undefined) {
    throw failure('usage', {
      message: `${url} does not serve ${model ?? ''}`,
      details: served.map((each) => `it serves ${each}`),
      hint: 'Name one of these with --model, or leave it out to measure the first.',
    });
  }
  const version = parseBody(await ask(`${url}/version`, call)) as { version?: unknown } | undefined;
  const found = version?.version;
  return { model: chosen, engineVersion: typeof found === 'string' ? found : undefined };
}

function readModels(answer: HttpAnswer | undefined): string[] {
  const { data } = (parseBody(answer) ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  return data.flatMap((entry: { id?: unknown } | null) => (typeof entry?.id === 'string' ? entry.id : []));
}

function noModel(url: string, answer: HttpAnswer | undefined): Error {
  if (answer?.status === 401 || answer?.status === 403) {
    return failure('remote', {
      message: `${url} wants a key, or another one (status ${answer.status})`,
      hint: 'Put the key into a variable and name that with --api-key-env NAME.',
    });
  }
  return failure('remote', {
    message: `${url}/v1/models ${answer === undefined ? 'does not answer' : `names no model (status ${answer.status})`}`,
    hint: 'Give the address of an OpenAI-compatible server without /v1, such as http://127.0.0.1:8000.',
  });
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
