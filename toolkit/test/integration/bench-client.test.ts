import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { helperEntry, loadHelperFile } from '../../src/bench/client-file.ts';
import type { ClientEvent, ClientRequest } from '../../src/bench/client-protocol.ts';
import type { PointSpec } from '../../src/bench/point.ts';
import {
  completion,
  event,
  startScriptedServer,
  STREAM_END,
  STREAM_HEAD,
  type ScriptedRequest,
  type ScriptedServer,
} from '../lib/bench-scripted-server.ts';

const TOKENS = 5;
const folder = mkdtempSync(join(tmpdir(), 'bench-client-'));
const bundle = join(folder, 'bench-client.mjs');

let server: ScriptedServer | undefined;
let client: ChildProcessWithoutNullStreams | undefined;
beforeAll(async () => writeFileSync(bundle, await loadHelperFile('client')));
afterEach(async () => {
  client?.kill('SIGKILL');
  await server?.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const plain = (text: string, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** A server of OpenAI's form with vLLM's side doors; words count as one token, the chat template as six. */
function answer({ path, body, socket }: ScriptedRequest): void {
  const value = (body === '' ? {} : JSON.parse(body)) as { prompt?: string; messages?: { content: string }[] };
  const text = value.messages?.map(({ content }) => content).join(' ') ?? value.prompt ?? '';
  const words = typeof text === 'string' ? text.trim().split(/\s+/).length : 0;
  if (path === '/metrics') socket.write(plain('vllm:prompt_tokens_total{engine="0"} 7\n'));
  else if (path === '/reset_prefix_cache') socket.write(plain('{}'));
  else if (path === '/tokenize') socket.write(plain(JSON.stringify({ count: words + (value.messages ? 6 : 0) })));
  else if (path === '/v1/chat/completions') {
    const usage = { prompt_tokens: words + 6, completion_tokens: TOKENS };
    socket.write(
      STREAM_HEAD +
        event({ choices: [{ delta: { content: 'hi' }, finish_reason: 'length' }], usage }) +
        event('[DONE]') +
        STREAM_END,
    );
  } else socket.write(completion(TOKENS));
}

function request(point: Partial<PointSpec> = {}, more: Partial<ClientRequest> = {}): ClientRequest {
  return {
    baseUrl: server!.url,
    workers: 1,
    keepText: false,
    metricsIntervalMs: 0,
    amdSmi: [],
    resetPrefixCache: false,
    ...more,
    point: {
      id: 'p',
      endpoint: 'completions',
      model: 'm',
      load: { kind: 'concurrency', concurrency: 4 },
      dataset: { kind: 'random', inputLength: 8, outputLength: TOKENS, rangeRatio: 0 },
      requests: 20,
      warmupRequests: 3,
      repeat: 0,
      seed: 1,
      requestTimeoutMs: 5000,
      ...point,
    },
  };
}

interface Ended {
  readonly events: ClientEvent[];
  readonly status: number | null;
}

/** Starts the client with this input; what it wrote comes when it has ended. */
function start(input: string, file = bundle): Promise<Ended> {
  const child = spawn(process.execPath, [file], { env: { PATH: process.env['PATH'] } });
  client = child;
  const events: ClientEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as ClientEvent));
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  return once(child, 'close').then(([status]) => ({ events, status: status as number | null }));
}

const run = (value: ClientRequest, file?: string) => start(`${JSON.stringify(value)}\n`, file);
const recordsOf = ({ events }: Ended) => events.flatMap((each) => (each.type === 'record' ? [each.record] : []));
const lastOf = ({ events }: Ended) => events.at(-1)!;

describe('the load client', () => {
  it.each(['source', 'bundle'])('runs a point as a process of its own, from its %s', async (form) => {
    server = await startScriptedServer(answer);
    const ended = await run(
      request({}, { resetPrefixCache: true }),
      form === 'bundle' ? bundle : helperEntry('client'),
    );
    expect(ended.status).toBe(0);
    expect(ended.events[0]).toMatchObject({ type: 'started', prefixCacheReset: true });
    const records = recordsOf(ended);
    expect(records.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 23 }, () => 'ok'));
    const measured = records.filter(({ phase }) => phase === 'measured');
    expect(measured.map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const done = lastOf(ended);
    if (done.type !== 'done') throw new Error(`ended with ${done.type}`);
    expect(done.health).toMatchObject({ events: 20 * TOKENS, workers: 1 });
    expect(Math.max(...measured.map(({ endMs }) => endMs))).toBeCloseTo(done.toMs, 2);
    expect(Math.min(...measured.map(({ intendedMs }) => intendedMs))).toBeCloseTo(done.fromMs, 2);
    // Warm-up and measured requests had nothing in common.
    const bodies = server.requests.filter(({ path }) => path === '/v1/completions').map(({ body }) => body);
    expect(new Set(bodies).size).toBe(23);
  });

  it('divides slots and requests among threads', async () => {
    let active = 0;
    let most = 0;
    server = await startScriptedServer((each) => {
      most = Math.max(most, ++active);
      setTimeout(() => {
        active--;
        answer(each);
      }, 20);
    });
    const ended = await run(request({ requests: 60, warmupRequests: 0 }, { workers: 3 }));
    expect(most).toBe(4);
    expect(server.connections()).toBe(4);
    expect(recordsOf(ended)).toHaveLength(60);
    expect(lastOf(ended)).toMatchObject({ type: 'done', health: { workers: 3 } });
  });

  it('keeps to a schedule over threads', async () => {
    server = await startScriptedServer(answer);
    const load = { kind: 'rate', requestsPerSecond: 100, arrival: 'constant', burstiness: 1 } as const;
    const ended = await run(request({ load, requests: 50 }, { workers: 2 }));
    const measured = recordsOf(ended).filter(({ phase }) => phase === 'measured');
    const due = measured.map(({ intendedMs }) => intendedMs).sort((a, b) => a - b);
    expect(due.slice(1).every((at, index) => Math.abs(at - due[index]! - 10) < 0.01)).toBe(true);
    const lags = measured.map(({ intendedMs, sentMs }) => sentMs - intendedMs).sort((a, b) => a - b);
    expect(lags[0]).toBeGreaterThanOrEqual(0);
    const done = lastOf(ended);
    expect(done.type === 'done' && done.health.scheduleLagP50Ms).toBeCloseTo(lags[24]!, 2);
  });

  it('sends chat prompts of exact length by the tokenizer of the server', async () => {
    server = await startScriptedServer(answer);
    const dataset = { kind: 'random', inputLength: 40, outputLength: TOKENS, rangeRatio: 0 } as const;
    const ended = await run(request({ endpoint: 'chat', dataset }));
    const records = recordsOf(ended);
    expect(records.map(({ promptTokens }) => promptTokens)).toEqual(records.map(() => 40));
    expect(records.every(({ requestedInputTokens }) => requestedInputTokens === 40)).toBe(true);
  });

  it('samples the server before and after, and the GPUs', async () => {
    server = await startScriptedServer((each) => void setTimeout(() => answer(each), 30));
    const tool = join(folder, 'amd-smi');
    const row = 'gpu,socket_power\\n0,100\\n';
    writeFileSync(tool, `#!/bin/sh\nprintf '${row}'; sleep 0.1; printf '${row}'; exec sleep 60\n`);
    chmodSync(tool, 0o755);
    const ended = await run(request({}, { metricsIntervalMs: 1000, amdSmi: [tool] }));
    const samples = ended.events.flatMap((each) => (each.type === 'metrics' ? [each.sample] : []));
    const done = lastOf(ended);
    if (done.type !== 'done') throw new Error(`ended with ${done.type}`);
    expect(samples[0]!.values).toEqual({ 'vllm:prompt_tokens_total': 7 });
    expect(samples[0]!.atMs).toBeLessThanOrEqual(done.fromMs);
    expect(samples.at(-1)!.atMs).toBeGreaterThanOrEqual(done.toMs);
    const gpus = ended.events.flatMap((each) => (each.type === 'gpu' ? [each.sample.gpus] : []));
    expect(gpus).toContainEqual([expect.objectContaining({ index: 0, powerWatt: 100 })]);
  });

  it('records the answers of a server that is not there', async () => {
    server = await startScriptedServer(answer);
    const value = request({ requests: 6, warmupRequests: 0 });
    await server.close();
    const ended = await run(value);
    expect(ended.status).toBe(0);
    expect(recordsOf(ended).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 6 }, () => 'connection_refused'),
    );
  });
});

describe('the end of the load client', () => {
  const silent = () => startScriptedServer(() => undefined);
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };

  it.each(['SIGTERM', 'SIGINT', 'end of input'])('comes within seconds by %s, with its connections', async (how) => {
    server = await silent();
    const ended = run(request({ requestTimeoutMs: 60_000 }, { workers: 2 }));
    await expect.poll(() => server!.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const startMs = performance.now();
    if (how === 'end of input') client!.stdin.end();
    else client!.kill(how as NodeJS.Signals);
    const { events, status } = await ended;
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(status).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'failed', message: 'ended from outside before the point was done' });
    expect(isGone(client!.pid!)).toBe(true);
    await expect.poll(() => server!.open()).toBe(0);
  });

  it.each([
    ['nothing', '', 'no end'],
    ['half a request', '{"point":', 'no end'],
  ])('is a failure after %s', async (_, input, message) => {
    const ended = start(input);
    client!.stdin.end();
    const { status, events } = await ended;
    expect([status, events.length]).toEqual([1, 1]);
    expect(JSON.stringify(events[0])).toContain(message);
  });

  it('is a failure that names what cannot be run', async () => {
    server = await silent();
    const dataset = { kind: 'jsonl', path: join(folder, 'missing.jsonl') } as const;
    const cases: [string, string][] = [
      ['{}\n', 'failed'],
      ['no json\n', 'JSON'],
      [`${JSON.stringify(request({ dataset }))}\n`, 'missing.jsonl'],
      [`${JSON.stringify({ ...request(), baseUrl: 'nowhere' })}\n`, 'URL'],
      [`${JSON.stringify(request({ load: { kind: 'trace', speed: 1 } }))}\n`, 'no times to replay'],
      [`${JSON.stringify(request({ load: { kind: 'concurrency', concurrency: 0 } }))}\n`, 'concurrency of 0'],
      [`${JSON.stringify(request({}, { headers: { authorization: 'Bearer top\nsecret' } }))}\n`, 'authorization'],
    ];
    for (const [input, message] of cases) {
      const ended = await start(input);
      expect(ended.status).toBe(1);
      expect(JSON.stringify(lastOf(ended))).toContain(message);
      expect(JSON.stringify(ended.events)).not.toContain('secret');
    }
  });
});
