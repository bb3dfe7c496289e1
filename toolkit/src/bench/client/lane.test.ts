import { afterEach, describe, expect, it } from 'vitest';
import { runLane, task, TOKENS, turn } from '../../../test/lib/bench-lane.ts';
import {
  completion,
  event,
  startScriptedServer,
  STREAM_END,
  STREAM_HEAD,
  type ScriptedRequest,
  type ScriptedServer,
} from '../../../test/lib/bench-scripted-server.ts';
import { renderBody } from './body.ts';

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

const write =
  (...parts: string[]) =>
  ({ socket }: ScriptedRequest) =>
    void socket.write(parts.join(''));

describe('a closed loop', () => {
  it('has as many requests under way as it has slots, on as many connections', async () => {
    let active = 0;
    let most = 0;
    server = await startScriptedServer(({ socket }) => {
      most = Math.max(most, ++active);
      setTimeout(() => {
        active--;
        socket.write(completion(TOKENS));
      }, 15);
    });
    const tasks = Array.from({ length: 12 }, (_, index) => task(index));
    const records = await runLane(server.url, tasks, { phase: { slots: 3 } });
    expect(most).toBe(3);
    expect(server.connections()).toBe(3);
    expect(records).toHaveLength(12);
    // The fourth takes the slot that the first to end left, and counts from that moment.
    expect(records[3]!.intendedMs).toBe(Math.min(...records.slice(0, 3).map(({ endMs }) => endMs)));
  });

  it('sends nothing after its time and finishes what is under way', async () => {
    server = await startScriptedServer(({ socket }) => void setTimeout(() => socket.write(completion(TOKENS)), 60));
    const watchUntil = 100 + 5;
    const tasks = Array.from({ length: 50 }, (_, index) => task(index));
    const records = await runLane(server.url, tasks, { phase: { untilMs: watchUntil } });
    expect(records.length).toBeLessThan(4);
    expect(records.every(({ outcome, intendedMs }) => outcome === 'ok' && intendedMs < watchUntil)).toBe(true);
  });

  it('names requests and carries the headers that were given', async () => {
    server = await startScriptedServer(write(completion(TOKENS)));
    await runLane(server.url, [task(17)]);
    expect(server.requests[0]!.headers).toMatchObject({ 'x-request-id': 'measured-17', authorization: 'Bearer k' });
    expect(JSON.parse(server.requests[0]!.body)).toEqual({
      model: 'm',
      prompt: 'p17',
      max_tokens: TOKENS,
      min_tokens: TOKENS,
      ignore_eos: true,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
    });
  });
});

describe('a schedule', () => {
  const paced = (count: number, gapMs: number) =>
    Array.from({ length: count }, (_, index) => task(index, { intendedMs: index * gapMs }));

  it('sends when requests are due, however long the answers take', async () => {
    server = await startScriptedServer(({ socket }) => void setTimeout(() => socket.write(completion(TOKENS)), 100));
    const records = await runLane(server.url, paced(20, 10), { phase: { slots: null, paced: true } });
    const first = records[0]!.intendedMs;
    expect(records.map(({ intendedMs }) => Math.round(intendedMs - first))).toEqual(
      records.map((_, index) => index * 10),
    );
    expect(records.every(({ intendedMs, sentMs }) => sentMs >= intendedMs)).toBe(true);
    expect(server.connections()).toBeGreaterThan(5);
  });

  it('counts the wait for a slot from the intended time', async () => {
    server = await startScriptedServer(({ socket }) => void setTimeout(() => socket.write(completion(TOKENS)), 40));
    const records = await runLane(server.url, paced(4, 1), { phase: { slots: 1, paced: true } });
    expect(records[3]!.sentMs - records[3]!.intendedMs).toBeGreaterThan(100);
    expect(server.connections()).toBe(1);
  });
});

describe('a conversation', () => {
  it('sends what was said before, after a pause for thought', async () => {
    server = await startScriptedServer(({ socket, body }) => {
      const said = `answer ${(JSON.parse(body) as { messages: unknown[] }).messages.length}`;
      const frame = event({
        choices: [{ delta: { content: said }, finish_reason: 'length' }],
        usage: { completion_tokens: TOKENS },
      });
      socket.write(STREAM_HEAD + frame + event('[DONE]') + STREAM_END);
    });
    const turns = [turn('first'), turn('second'), turn('third')];
    const body = renderBody('chat', 'm', turns[0]!);
    const tasks = [task(0, { body, conversation: { session: 5, turns } })];
    const records = await runLane(server.url, tasks, { endpoint: 'chat' });
    expect(records.map(({ index, session, turn: number }) => [index, session, number])).toEqual([
      [0, 5, 0],
      [1, 5, 1],
      [2, 5, 2],
    ]);
    expect((JSON.parse(server.requests[2]!.body) as { messages: unknown }).messages).toEqual([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'answer 1' },
      { role: 'user', content: 'second' },
      { role: 'assistant', content: 'answer 3' },
      { role: 'user', content: 'third' },
    ]);
    expect(records[1]!.intendedMs - records[0]!.endMs).toBeCloseTo(20, 1);
    expect(records[1]!.sentMs).toBeGreaterThanOrEqual(records[1]!.intendedMs - 1);
  });

  it('ends when a turn fails', async () => {
    server = await startScriptedServer(({ socket }) => socket.resetAndDestroy());
    const turns = [turn('first'), turn('second')];
    const records = await runLane(server.url, [task(0, { conversation: { session: 0, turns } })]);
    expect(records.map(({ outcome }) => outcome)).toEqual(['connection_reset']);
  });
});
