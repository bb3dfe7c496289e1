import { afterEach, describe, expect, it } from 'vitest';
import { parseFault } from '../../src/bench/simulator/fault.ts';
import type { SimulatorOptions } from '../../src/bench/simulator/options.ts';
import { completion, isJson, parseChunks, startTestSimulator, type TestSimulator } from '../lib/bench-simulator.ts';

let simulator: TestSimulator;
afterEach(() => simulator.close());

async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
  simulator = await startTestSimulator(options);
}

describe('faults', () => {
  const TOKENS = 8;
  const faulty = async (kind: string) => {
    await start({ faults: [parseFault(`${kind}@0`)!] });
    return simulator.events('/v1/completions', completion(TOKENS));
  };

  it('error_frame: an error in a stream that began with 200, then [DONE]', async () => {
    const { data, broken } = await faulty('error_frame');
    expect(broken).toBe(false);
    expect(data.at(-1)).toBe('[DONE]');
    expect(parseChunks(data).at(-1)?.error?.code).toBe(500);
    expect(parseChunks(data).filter(({ error }) => error === undefined)).toHaveLength(4);
  });
  it('eof_without_done: ends in order, without [DONE]', async () => {
    const { data, broken } = await faulty('eof_without_done');
    expect([broken, data.length, data.includes('[DONE]')]).toEqual([false, 4, false]);
  });
  it.each(['truncated', 'connection_reset'])('%s: breaks off', async (kind) => {
    const { data, broken } = await faulty(kind);
    expect(broken).toBe(true);
    expect(data.includes('[DONE]')).toBe(false);
  });
  it('wrong_token_count: one token less than asked for', async () => {
    const { data } = await faulty('wrong_token_count');
    expect(parseChunks(data).at(-1)?.usage?.completion_tokens).toBe(TOKENS - 1);
    expect(data.at(-1)).toBe('[DONE]');
  });
  it('no_tokens: usage and [DONE], nothing else', async () => {
    const { data } = await faulty('no_tokens');
    expect(parseChunks(data)).toMatchObject([{ choices: [], usage: { completion_tokens: 0 } }]);
    expect(data.at(-1)).toBe('[DONE]');
  });
  it('malformed_frame: a frame that is no JSON between good ones', async () => {
    const { data } = await faulty('malformed_frame');
    expect(
      data
        .filter((each) => each !== '[DONE]')
        .map(isJson)
        .filter((good) => !good),
    ).toHaveLength(1);
    expect(data).toHaveLength(TOKENS + 3);
  });
  it.each([
    ['http_5xx', 500],
    ['http_4xx', 429],
  ] as const)('%s: refuses with %i', async (kind, status) => {
    await start({ faults: [parseFault(`${kind}@0`)!] });
    expect((await simulator.post('/v1/completions', completion(TOKENS))).status).toBe(status);
    expect((await simulator.post('/v1/completions', completion(TOKENS))).status).toBe(200);
  });
  it('hang: begins and never goes on', async () => {
    await start({ faults: [parseFault('hang@0')!] });
    const signal = AbortSignal.timeout(300);
    const response = await fetch(`${simulator.url}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify(completion(4)),
      signal,
    });
    await expect(response.text()).rejects.toThrow(/abort|timeout/i);
    expect(simulator.truth().records).toMatchObject([{ fault: 'hang', frameTokens: [1, 1] }]);
  });

  it('come for answers in one piece too', async () => {
    for (const [kind, status] of [
      ['error_frame', 500],
      ['http_5xx', 500],
      ['no_tokens', 200],
    ] as const) {
      await start({ faults: [parseFault(`${kind}@0`)!] });
      expect((await simulator.post('/v1/completions', { prompt: 'a' })).status).toBe(status);
      await simulator.close();
    }
    await start({
      faults: ['malformed_frame@0', 'truncated@1', 'connection_reset@2'].map((text) => parseFault(text)!),
    });
    expect(isJson(await (await simulator.post('/v1/completions', { prompt: 'a' })).text())).toBe(false);
    await expect(simulator.post('/v1/completions', { prompt: 'a' })).rejects.toThrow();
    await expect(simulator.post('/v1/completions', { prompt: 'a' })).rejects.toThrow();
    expect((await simulator.post('/v1/completions', { prompt: 'a' })).status).toBe(200);
  });

  it('are told in the ground truth, so that a client can be checked', async () => {
    await start({ faults: [parseFault('error_frame:0.3')!, parseFault('http_5xx:0.2')!] });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const response = await simulator.post('/v1/completions', completion(2), { 'x-request-id': `q${at}` });
        const text = await response.text();
        return [
          `q${at}`,
          response.status === 500 ? 'http_5xx' : text.includes('"error"') ? 'error_frame' : null,
        ] as const;
      }),
    );
    const told = new Map(simulator.truth().records.map(({ requestId, fault }) => [requestId, fault]));
    for (const [id, seen] of statuses) expect(told.get(id)).toBe(seen);
    expect(new Set(told.values()).size).toBe(3);
  });
});
