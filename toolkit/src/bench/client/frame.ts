/** Token counts as the server reports them. */
export interface Usage {
  readonly promptTokens?: number;
  readonly outputTokens?: number;
  readonly cachedTokens?: number;
}

/** What one payload of a completion stream says. */
export interface Frame {
  /** `choices` is there and not empty. */
  readonly hasChoices: boolean;
  /** Carries content, reasoning, tool calls or token ids. */
  readonly hasContent: boolean;
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly usage: Usage | undefined;
  /** Message of an error object. */
  readonly error: string | undefined;
}

interface WireChoice {
  readonly text?: unknown;
  readonly delta?: Readonly<Record<string, unknown>> | null;
  readonly token_ids?: unknown;
}

/** Fields of a delta that hold generated text; both names of reasoning are in use. */
const TEXT_FIELDS = ['content', 'reasoning', 'reasoning_content'] as const;

/**
 * Reads one payload. JSON.parse and not a search for keys: on frames of a usual size it costs the same, and it notices
 * what is broken. @throws SyntaxError when the payload is no JSON object
 */
export function parseFrame(payload: string): Frame {
  const value = JSON.parse(payload) as unknown;
  if (!isObject(value)) throw new SyntaxError('not a JSON object');
  const choices = Array.isArray(value['choices']) ? (value['choices'] as unknown[]) : [];
  let text = '';
  let hasContent = false;
  let finishReason: string | undefined;
  for (const choice of choices) {
    if (!isObject(choice)) throw new SyntaxError('a choice is not an object');
    const part = readText(choice);
    text += part;
    hasContent ||= part !== '' || hasTokens(choice);
    if (typeof choice['finish_reason'] === 'string') finishReason = choice['finish_reason'];
  }
  return {
    hasChoices: choices.length > 0,
    hasContent,
    text,
    finishReason,
    usage: readUsage(value['usage']),
    error: readError(value),
  };
}

/** Message of a server's error body or frame, in either shape of vLLM; undefined when it is none. */
export function readError(value: Readonly<Record<string, unknown>>): string | undefined {
  const error = value['error'];
  if (typeof error === 'string') return error;
  const holder = isObject(error) ? error : value['object'] === 'error' ? value : undefined;
  if (holder === undefined) return undefined;
  return typeof holder['message'] === 'string' ? holder['message'] : JSON.stringify(holder);
}

/** True for anything with keys. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(choice: WireChoice): string {
  if (typeof choice.text === 'string') return choice.text;
  let text = '';
  for (const field of TEXT_FIELDS) {
    const part = choice.delta?.[field];
    if (typeof part === 'string') text += part;
  }
  return text;
}

function hasTokens({ delta, token_ids: ids }: WireChoice): boolean {
  const calls = delta?.['tool_calls'];
  return (Array.isArray(calls) && calls.length > 0) || (Array.isArray(ids) && ids.length > 0);
}

function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const details = value['prompt_tokens_details'];
  return {
    ...pick('promptTokens', value['prompt_tokens']),
    ...pick('outputTokens', value['completion_tokens']),
    ...pick('cachedTokens', isObject(details) ? details['cached_tokens'] : undefined),
  };
}

function pick(name: keyof Usage, value: unknown): Usage {
  return typeof value === 'number' ? { [name]: value } : {};
}
