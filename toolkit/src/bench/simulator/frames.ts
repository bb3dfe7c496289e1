import { renderApiError } from './api-error.ts';

export type FinishReason = 'stop' | 'length';

/** What all frames of one answer share. */
export interface FrameSetup {
  readonly chat: boolean;
  readonly id: string;
  /** Wall-clock seconds. */
  readonly createdS: number;
  readonly model: string;
  readonly promptTokens: number;
  /** Each frame tells the tokens so far. */
  readonly continuousUsage: boolean;
}

/** Renders one answer as vLLM would; texts must need no escaping in JSON. */
export interface Frames {
  /** A chat's first frame. */
  role(): string;
  piece(text: string, tokensSoFar: number, finish: FinishReason | null): string;
  usage(tokens: number, cachedTokens: number | undefined): string;
  /** The whole answer of a request that does not stream. */
  whole(answer: WholeAnswer): string;
}

export interface WholeAnswer {
  readonly text: string;
  readonly tokens: number;
  readonly finish: FinishReason;
  readonly cachedTokens: number | undefined;
}

export const DONE_FRAME = 'data: [DONE]\n\n';
/** An error after the status was sent, as vLLM writes it. */
export const ERROR_FRAME = `data: ${JSON.stringify(renderApiError(500, 'EngineCore encountered an issue (simulated).', null))}\n\n`;
export const MALFORMED_FRAME = 'data: {"id":"cmpl-0","choices":[{"index":0,"text":\n\n';

/** @returns functions that are cheap per frame: everything that does not change is rendered once */
export function createFrames(setup: FrameSetup): Frames {
  const { chat, promptTokens, continuousUsage } = setup;
  const usageOf = (tokens: number, cachedTokens?: number) => renderUsage({ promptTokens, tokens, cachedTokens });
  const head = (object: string) => {
    const text = JSON.stringify({ id: setup.id, object, created: setup.createdS, model: setup.model });
    return escapeNonAscii(text.slice(0, -1));
  };
  const streamHead = `data: ${head(chat ? 'chat.completion.chunk' : 'text_completion')},"choices":[`;
  const opening = chat ? '{"index":0,"delta":{"content":"' : '{"index":0,"text":"';
  const before = `${streamHead}${opening}`;
  const middle = chat ? '"},"logprobs":null,"finish_reason":' : '","logprobs":null,"finish_reason":';
  const reason = (finish: FinishReason | null) => (finish === null ? 'null' : `"${finish}"`);
  const tail = (tokens: number) => (continuousUsage ? `,"usage":${usageOf(tokens)}}\n\n` : '}\n\n');
  return {
    role: () =>
      `${streamHead}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${tail(0)}`,
    piece: (text, tokens, finish) => `${before}${text}${middle}${reason(finish)}}]${tail(tokens)}`,
    usage: (tokens, cachedTokens) => `${streamHead}],"usage":${usageOf(tokens, cachedTokens)}}\n\n`,
    whole: ({ text, tokens, finish, cachedTokens }) => {
      const content = chat ? `"message":{"role":"assistant","content":"${text}"}` : `"text":"${text}"`;
      const choice = `{"index":0,${content},"logprobs":null,"finish_reason":"${finish}"}`;
      const object = head(chat ? 'chat.completion' : 'text_completion');
      return `${object},"choices":[${choice}],"usage":${usageOf(tokens, cachedTokens)}}`;
    },
  };
}

interface Usage {
  readonly promptTokens: number;
  readonly tokens: number;
  readonly cachedTokens: number | undefined;
}

function renderUsage({ promptTokens, tokens, cachedTokens }: Usage): string {
  const details = cachedTokens === undefined ? '' : `,"prompt_tokens_details":{"cached_tokens":${cachedTokens}}`;
  const total = promptTokens + tokens;
  return `{"prompt_tokens":${promptTokens},"total_tokens":${total},"completion_tokens":${tokens}${details}}`;
}

// Frames are written one byte per character.
function escapeNonAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
