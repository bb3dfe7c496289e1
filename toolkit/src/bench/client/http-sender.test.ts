import { afterEach, describe, expect, it } from 'vitest';
import { runLane, task, TOKENS, type Settings } from '../../../test/lib/bench-lane.ts';
import {
  chunk,
  completion,
  completionEvents,
  event,
  startScriptedServer,
  STREAM_END,
  STREAM_HEAD,
  type ScriptedRequest,
  type ScriptedServer,
} from '../../../test/lib/bench-scripted-server.ts';
import type { RequestRecord } from '../record.ts';

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

/** The record of one request that is answered by this script. */
async function askOnce(script: (request: ScriptedRequest) => void, settings: Settings = {}): Promise<RequestRecord> {
  server = await startScriptedServer(script);
  const [record] = await runLane(server.url, [task(0)], settings);
  return record!;
}

const write =
  (...parts: string[]) =>
  ({ socket }: ScriptedRequest) =>
    void socket.write(parts.join(''));
const frames = completionEvents(TOKENS);
const refusal = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: application/json\r\n\r\n${body}`;

describe('a faultless answer', () => {
  it('gives lengths, tokens per event and ascending times', async () => {
    const record = await askOnce(write(completion(TOKENS)), { keepText: true });
    expect(record).toMatchObject({
      outcome: 'ok',
      status: 200,
      promptTokens: 4,
      outputTokens: TOKENS,
      eventTokens: [1, 1, 1],
      text: ' t0 t1 t2',
    });
    const times = [record.intendedMs, record.sentMs, ...record.eventTimesMs, record.endMs];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(record.firstContentMs).toBe(record.eventTimesMs[0]);
    expect(record.error).toBeUndefined();
  });

  it("counts a chat's role frame as first event, not as first content", async () => {
    const delta = (delta: unknown, count: number) =>
      event({
        choices: [{ index: 0, delta, finish_reason: count === 4 ? 'stop' : null }],
        usage: { completion_tokens: count },
      });
    const record = await askOnce(({ socket }) => {
      socket.write(STREAM_HEAD + delta({ role: 'assistant', content: '' }, 0));
      setTimeout(() => {
        socket.write(delta({ content: 'one' }, 1) + chunk(': ping\n\n') + delta({ content: ' two three four' }, 4));
        socket.write(
          event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 4 } }) + event('[DONE]') + STREAM_END,
        );
      }, 120);
    });
    expect(record.eventTimesMs).toHaveLength(3);
    expect(record.eventTokens).toEqual([0, 1, 3]);
    expect(record.firstContentMs! - record.firstEventMs!).toBeGreaterThan(20);
    expect(record).toMatchObject({ outcome: 'wrong_token_count', promptTokens: 9, outputTokens: 4 });
  });

  it('reads a stream that arrives byte by byte', async () => {
    const bytes = Buffer.from(completion(TOKENS));
    const record = await askOnce(({ socket }) => {
      let at = 0;
      const drip = () => {
        if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(drip));
      };
      drip();
    });
    expect(record).toMatchObject({ outcome: 'ok', outputTokens: TOKENS, eventTokens: [1, 1, 1] });
  });

  it('does without usage on every frame', async () => {
    const bare = (finish: string | null) => event({ choices: [{ text: 'a', finish_reason: finish }] });
    const record = await askOnce(write(STREAM_HEAD, bare(null), bare('length'), event('[DONE]'), STREAM_END));
    expect(record).toMatchObject({ outcome: 'ok', eventTimesMs: [expect.any(Number), expect.any(Number)] });
    expect(record.eventTokens).toBeUndefined();
    expect(record.outputTokens).toBeUndefined();
  });
});

/** What is expected, of what, by which script, and more of the record. */
type Case = [RequestRecord['outcome'], string, (request: ScriptedRequest) => void, Partial<RequestRecord>?];

describe('faults', () => {
  it.each<Case>([
    [
      'error_frame',
      'an error in a 200 stream, with [DONE]',
      write(
        STREAM_HEAD,
        frames[0]!,
        event({ error: { message: 'out of blocks', code: 500 } }),
        event('[DONE]'),
        STREAM_END,
      ),
      { error: 'out of blocks' },
    ],
    [
      'error_frame',
      'an error in a 200 stream, and the end',
      write(STREAM_HEAD, event({ error: { message: 'x' } }), STREAM_END),
    ],
    [
      'error_frame',
      'an aborted generation',
      write(STREAM_HEAD, event({ choices: [{ text: 'a', finish_reason: 'abort' }] }), event('[DONE]'), STREAM_END),
    ],
    ['eof_without_done', 'an end of the body', write(STREAM_HEAD, ...frames, STREAM_END)],
    ['eof_without_done', 'a connection closed in order', ({ socket }) => socket.end(STREAM_HEAD + frames[0]!)],
    ['wrong_token_count', 'fewer tokens than asked for', write(completion(TOKENS - 1)), { outputTokens: TOKENS - 1 }],
    ['no_tokens', 'nothing but [DONE]', write(STREAM_HEAD, event('[DONE]'), STREAM_END)],
    [
      'malformed_frame',
      'half a JSON text',
      write(STREAM_HEAD, chunk('data: {"choices":[{"te\n\n'), event('[DONE]'), STREAM_END),
    ],
    [
      'malformed_frame',
      'a frame that is no object',
      write(STREAM_HEAD, event('7'), ...frames, event('[DONE]'), STREAM_END),
    ],
    ['malformed_frame', 'bytes that are no HTTP', write(`${STREAM_HEAD}zz\r\n`)],
    [
      'http_4xx',
      'a refusal',
      write(refusal('400 Bad Request', '{"error":{"message":"too long"}}')),
      { status: 400, error: 'too long' },
    ],
    [
      'http_4xx',
      'too many requests',
      write(refusal('429 Too Many Requests', 'slow down')),
      { status: 429, error: 'slow down' },
    ],
    [
      'http_5xx',
      'an internal error',
      write(refusal('500 Internal Server Error', '{"detail":"boom"}')),
      { status: 500, error: 'boom' },
    ],
    [
      'http_5xx',
      'an error without a body',
      write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'),
      { status: 503 },
    ],
    [
      'connection_reset',
      'a reset in the stream',
      ({ socket }) => socket.write(STREAM_HEAD + frames[0]!, () => setTimeout(() => socket.resetAndDestroy(), 10)),
    ],
    ['connection_reset', 'a reset before the answer', ({ socket }) => socket.resetAndDestroy()],
    ['connection_reset', 'an end before the answer', ({ socket }) => socket.end()],
    ['timeout', 'silence', () => undefined],
    ['timeout', 'a stream that stops', write(STREAM_HEAD, frames[0]!)],
  ])('%s: %s', async (outcome, _, script, more) => {
    const record = await askOnce(script, { timeoutMs: outcome === 'timeout' ? 200 : 5000 });
    expect(record).toMatchObject({ outcome, ...more });
  });

  it('connection_refused: nobody listens', async () => {
    const gone = await startScriptedServer(() => undefined);
    await gone.close();
    const [record] = await runLane(gone.url, [task(0)]);
    expect(record).toMatchObject({ outcome: 'connection_refused', eventTimesMs: [] });
    expect(record!.status).toBeUndefined();
  });

  it('keeps the events before a fault and closes the connection on a timeout', async () => {
    let closed = false;
    const record = await askOnce(
      ({ socket }) => {
        socket.on('close', () => (closed = true));
        socket.write(STREAM_HEAD + frames[0]!);
      },
      { timeoutMs: 150 },
    );
    expect(record.eventTimesMs).toHaveLength(1);
    expect(record.endMs - record.sentMs).toBeGreaterThanOrEqual(145);
    await expect.poll(() => closed).toBe(true);
  });

  it('goes on after a fault', async () => {
    let count = 0;
    server = await startScriptedServer(({ socket }) => {
      if (count++ === 0) socket.resetAndDestroy();
      else socket.write(completion(TOKENS));
    });
    const records = await runLane(server.url, [task(0), task(1), task(2)]);
    expect(records.map(({ outcome }) => outcome)).toEqual(['connection_reset', 'ok', 'ok']);
  });
});
