/** Payloads of the `data:` lines in a stream of server-sent events, in order, without the final `[DONE]`. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ') && line !== 'data: [DONE]') yield line.slice('data: '.length).trimEnd();
    }
  }
}

/** What one chunk of a streamed chat completion adds. */
export interface ChatDelta {
  readonly text: string;
  /** Length of the whole answer; only in the last chunk. */
  readonly completionTokens?: number;
}

/** Reads one chunk of a streamed chat completion; unknown parts count as empty. */
export function parseDelta(event: string): ChatDelta {
  const chunk = JSON.parse(event) as {
    choices?: { delta?: { content?: string | null } }[];
    usage?: { completion_tokens?: number } | null;
  };
  const text = chunk.choices?.[0]?.delta?.content ?? '';
  const completionTokens = chunk.usage?.completion_tokens;
  return completionTokens === undefined ? { text } : { text, completionTokens };
}
