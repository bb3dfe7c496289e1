import { AimError } from '../runtime/src/system/errors.ts';
import { parseDelta, readEvents } from './sse.ts';

/** Figures of one streamed answer. */
export interface ChatResult {
  readonly text: string;
  readonly completionTokens: number;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

/** Asks for one streamed chat completion and hands over the text as it comes. Throws AimError `step`. */
export async function streamChat(
  url: string,
  request: { readonly model: string; readonly question: string; readonly signal: AbortSignal },
  onText: (text: string) => void,
): Promise<ChatResult> {
  const started = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: request.model,
      messages: [{ role: 'user', content: request.question }],
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(60_000)]),
  });
  if (!response.ok || !response.body) throw refused(response.status, await response.text());
  let text = '';
  let firstTokenMs = 0;
  let completionTokens = 0;
  for await (const event of readEvents(response.body)) {
    const delta = parseDelta(event);
    if (text === '' && delta.text !== '') firstTokenMs = performance.now() - started;
    text += delta.text;
    completionTokens = delta.completionTokens ?? completionTokens;
    onText(delta.text);
  }
  if (text === '' || completionTokens === 0) throw refused(response.status, 'the stream ended without an answer');
  return { text, completionTokens, firstTokenMs, totalMs: performance.now() - started };
}

function refused(status: number, body: string): AimError {
  return new AimError('step', { message: `The chat completion failed: HTTP ${status}`, details: body.split('\n') });
}
