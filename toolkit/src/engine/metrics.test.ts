import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { drain } from './drain.ts';
import { measureLoad, parseMetrics } from './metrics.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** An engine whose metrics are what the function says at the time. */
function serve(render: () => string | undefined): Promise<string> {
  return serveAs((_, answer) => {
    const text = render();
    answer(text === undefined ? 404 : 200, text);
  });
}

/** An engine that answers, or does not, as the function decides. */
async function serveAs(
  decide: (path: string, answer: (status: number, text?: string) => void) => unknown,
): Promise<string> {
  server = createServer(({ url }, response) => {
    decide(url ?? '', (status, text) => response.writeHead(status).end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const vllm = (running: number, waiting: number, tokens: number) =>
  `# HELP x y\nvllm:num_requests_running{engine="0",model_name="a b"} ${running}.0\n` +
  `vllm:num_requests_waiting{engine="0"} ${waiting}.0\nvllm:generation_tokens_total{engine="0"} ${tokens}.0\n` +
  'vllm:kv_cache_usage_perc{engine="0"} 0.25\n';

describe('parseMetrics', () => {
  it('adds up the engines of one server', () => {
    const text = vllm(2, 1, 100) + vllm(3, 0, 50).replaceAll('"0"', '"1"');
    expect(parseMetrics(text)).toMatchObject({ running: 5, waiting: 1, generatedTokens: 150 });
  });
  it('tells of several caches the fullest', () => {
    const text = vllm(2, 1, 100) + vllm(3, 0, 50).replaceAll('"0"', '"1"').replace('0.25', '0.875');
    expect(parseMetrics(text)?.cacheUse).toBe(0.875);
  });
  it('reads labels that hold braces and quotes, and leaves out what is no number', () => {
    const name = 'vllm:num_requests_running{model_name="a} 7 \\"b"}';
    expect(parseMetrics(`${name} 3e0 1700000000000\n${name} NaN\n`)).toMatchObject({ running: 3 });
  });
  it("reads SGLang's names", () => {
    const text = 'sglang:num_running_reqs{tp="0"} 4\nsglang:num_queue_reqs 2\nsglang:gen_throughput 120.5\n';
    expect(parseMetrics(text)).toMatchObject({ running: 4, waiting: 2, tokensPerSecond: 120.5 });
  });
  it('knows nothing of other programs', () => expect(parseMetrics('go_goroutines 7\n')).toBeUndefined());
});

describe('measureLoad', () => {
  it('counts tokens over a moment while there is work', async () => {
    let tokens = 0;
    const url = await serve(() => vllm(1, 0, (tokens += 100)));
    const load = await measureLoad([url], { windowMs: 50, timeoutMs: 1000 });
    expect(load).toMatchObject({ running: 1, waiting: 0, cacheUse: 0.25 });
    expect(load?.tokensPerSecond).toBeGreaterThan(100);
    expect(load?.tokensPerSecond).toBeLessThanOrEqual(2000);
  });
  it('does not wait for an idle engine, and shows an engine that started anew as slow, not as negative', async () => {
    const idle = await serve(() => vllm(0, 0, 100));
    expect((await measureLoad([idle], { windowMs: 10_000, timeoutMs: 1000 }))?.tokensPerSecond).toBe(0);
    server?.close();
    let tokens = 1000;
    const restarted = await serve(() => vllm(1, 0, (tokens -= 500)));
    expect((await measureLoad([restarted], { windowMs: 10, timeoutMs: 1000 }))?.tokensPerSecond).toBe(0);
  });
  it('takes the first address that answers', async () => {
    const url = await serve(() => vllm(0, 0, 1));
    const load = await measureLoad(['http://127.0.0.1:1', url], { windowMs: 10, timeoutMs: 1000 });
    expect(load?.running).toBe(0);
  });
  it('is null without metrics', async () => {
    const url = await serve(() => undefined);
    expect(await measureLoad([url], { windowMs: 10, timeoutMs: 1000 })).toBeNull();
  });
});

describe('drain', () => {
  const options = (limitMs: number, waits: number[] = []) => ({
    limitMs,
    signal: new AbortController().signal,
    onWait: (requests: number | undefined) => void waits.push(requests ?? -1),
  });

  it('waits for running and for waiting requests, and a moment longer', async () => {
    let asked = 0;
    const url = await serve(() => (asked++ < 3 ? vllm(1, 2, 0) : vllm(0, 0, 0)));
    const waits: number[] = [];
    expect(await drain([url], options(10_000, waits))).toBe('idle');
    expect(waits).toEqual([3, 3, 3]);
    expect(asked).toBeGreaterThan(5);
  });
  it('begins anew when a request comes in between', async () => {
    const busy = [1, 0, 0, 1, 0];
    const url = await serve(() => vllm(busy.shift() ?? 0, 0, 0));
    expect(await drain([url], options(10_000))).toBe('idle');
    expect(busy).toEqual([]);
  });
  it('ends at the limit', async () => {
    const url = await serve(() => vllm(1, 0, 0));
    expect(await drain([url], options(300))).toBe('limit');
  });
  it('does not wait for an engine that tells nothing', async () => {
    const url = await serve(() => undefined);
    expect(await drain([url], options(60_000))).toBe('unknown');
  });
  it('waits the whole time for an engine that serves without counting', async () => {
    const url = await serveAs((path, answer) => answer(path === '/health' ? 200 : 404));
    const startedMs = performance.now();
    const waits: number[] = [];
    expect(await drain([url], options(1_200, waits))).toBe('unknown');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_200);
    expect(waits).toContain(-1);
  });
  it('waits for an engine that is too busy to answer', async () => {
    let asked = 0;
    const url = await serveAs((_, answer) => asked++ > 0 && answer(200, vllm(0, 0, 0)));
    expect(await drain([url], options(20_000))).toBe('idle');
  });
  it('does not wait where nobody listens', async () => {
    expect(await drain(['http://127.0.0.1:1', 'http://127.0.0.1:2'], options(60_000))).toBe('down');
  });
  it('asks the other address when the first is closed', async () => {
    const url = await serve(() => vllm(0, 0, 0));
    expect(await drain(['http://127.0.0.1:1', url], options(10_000))).toBe('idle');
  });
});
