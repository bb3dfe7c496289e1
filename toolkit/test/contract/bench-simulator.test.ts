import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../src/bench/simulator/options.ts';
import { completion, parseChunks, startTestSimulator, type Chunk, type TestSimulator } from '../lib/bench-simulator.ts';

let simulator: TestSimulator;
afterEach(() => simulator.close());

async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
  simulator = await startTestSimulator(options);
}

describe('the interface', () => {
  it('tells health, version and the model', async () => {
    await start({ maxModelLen: 4096 });
    expect((await fetch(`${simulator.url}/health`)).status).toBe(200);
    expect((await simulator.json('/version')).body).toEqual({
      version: expect.stringContaining('simulator') as string,
    });
    expect((await simulator.json('/v1/models')).body).toMatchObject({
      data: [{ id: 'simulated/model', max_model_len: 4096 }],
    });
  });

  it('streams completions with the usage so far on each frame', async () => {
    await start();
    const { data } = await simulator.events('/v1/completions', completion(3));
    const chunks = parseChunks(data);
    expect(data.at(-1)).toBe('[DONE]');
    expect(chunks.map(({ usage }) => usage?.completion_tokens)).toEqual([1, 2, 3, 3]);
    expect(chunks.map(({ choices }) => choices.length)).toEqual([1, 1, 1, 0]);
    expect(chunks[2]?.choices[0]?.finish_reason).toBe('length');
    expect(chunks[3]?.usage).toEqual({ prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 });
  });

  it('sends usage only when asked', async () => {
    await start();
    const { data } = await simulator.events('/v1/completions', completion(2, { stream_options: {} }));
    expect(data.join()).not.toContain('usage');
    const last = await simulator.events('/v1/completions', completion(2, { stream_options: { include_usage: true } }));
    expect(parseChunks(last.data).map(({ usage }) => usage !== undefined)).toEqual([false, false, true]);
  });

  it('gives the same chat answer whole and streamed, after a frame with the role', async () => {
    await start();
    const messages = [{ role: 'user', content: 'Who are you?' }];
    const whole = (await simulator.json('/v1/chat/completions', { messages })).body as {
      choices: { message: { content: string }; finish_reason: string }[];
      usage: Chunk['usage'];
    };
    const { data } = await simulator.events('/v1/chat/completions', {
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = parseChunks(data);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    const text = chunks.slice(1).map(({ choices }) => choices[0]?.delta?.content ?? '');
    expect(text.join('')).toBe(whole.choices[0]?.message.content);
    expect(whole.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
    expect(whole.usage?.completion_tokens).toBe(chunks.length - 2);
  });

  it('answers differently with another answer seed: another model', async () => {
    const ask = async () => (await simulator.json('/v1/completions', { prompt: 'a b', max_tokens: 12 })).body as object;
    await start();
    const [first, again] = [await ask(), await ask()];
    await simulator.close();
    await start({ answerSeed: 1 });
    const choices = (answer: object) => (answer as { choices: unknown }).choices;
    expect(choices(again)).toEqual(choices(first));
    expect(choices(await ask())).not.toEqual(choices(first));
  });

  it('turns text into tokens and back', async () => {
    await start();
    const { body } = await simulator.json('/tokenize', { prompt: 'one two <77>' });
    expect(body).toMatchObject({ count: 3, tokens: [expect.any(Number), expect.any(Number), 77] });
    expect((await simulator.json('/detokenize', { tokens: (body as { tokens: number[] }).tokens })).body).toEqual({
      prompt: 'one two <77>',
    });
    expect(
      (await simulator.json('/tokenize', { messages: [{ role: 'user', content: 'one two' }] })).body,
    ).toMatchObject({
      count: 8,
    });
  });

  it.each([
    ['/v1/completions', '{', 400],
    ['/v1/completions', '[]', 400],
    ['/v1/completions', { prompt: [] }, 400],
    ['/v1/completions', { prompt: 'a', max_tokens: 0 }, 400],
    ['/v1/completions', { prompt: 'a', max_tokens: 200_000 }, 400],
    ['/v1/completions', { prompt: 'a', model: 'other' }, 404],
    ['/v1/completions', { prompt: 'a', stream_options: { include_usage: true } }, 400],
    ['/v1/chat/completions', { messages: [] }, 400],
    ['/v1/chat/completions', { messages: ['hi'] }, 400],
    ['/detokenize', {}, 400],
    ['/v2', {}, 404],
    ['/constructor', {}, 404],
    ['/health', {}, 405],
  ])('refuses %s with %j', async (path, body, status) => {
    await start();
    expect(await simulator.json(path, body)).toMatchObject({ status, body: { error: { code: status } } });
  });

  it('keeps a connection for several requests, and answers pipelined ones in order', async () => {
    await start();
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    const body = JSON.stringify(completion(2));
    const head = `POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n`;
    socket.write(`${head}\r\n${body}${head}Connection: close\r\n\r\n${body}`);
    let text = '';
    socket.on('data', (part: Buffer) => (text += part.toString()));
    await once(socket, 'close');
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(text.match(/\[DONE\]/g)).toHaveLength(2);
    expect(text.trimEnd().endsWith('0')).toBe(true);
  });

  it('drops its prefix cache in developer mode only', async () => {
    await start({ promptTokensDetails: true });
    const prompt = Array.from({ length: 64 }, (_, at) => at);
    const cached = async () => {
      const { body } = await simulator.json('/v1/completions', { prompt, max_tokens: 1 });
      return (body as { usage: { prompt_tokens_details?: { cached_tokens: number } } }).usage.prompt_tokens_details;
    };
    expect([await cached(), await cached()]).toEqual([undefined, { cached_tokens: 48 }]);
    expect((await simulator.post('/reset_prefix_cache', {})).status).toBe(200);
    expect(await cached()).toBeUndefined();
    await simulator.close();
    await start({ devMode: false });
    expect((await simulator.post('/reset_prefix_cache', {})).status).toBe(404);
  });
});
