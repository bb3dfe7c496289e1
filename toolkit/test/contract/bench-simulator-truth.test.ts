import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMetricsText } from '../../src/bench/server/metrics-text.ts';
import { summariseServer } from '../../src/bench/server/server-window.ts';
import { parseFault } from '../../src/bench/simulator/fault.ts';
import { DEFAULT_OPTIONS, type SimulatorOptions } from '../../src/bench/simulator/options.ts';
import { completion, startTestSimulator, type TestSimulator } from '../lib/bench-simulator.ts';

let simulator: TestSimulator;
afterEach(() => simulator.close());

async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
  simulator = await startTestSimulator(options);
}

describe('ground truth', () => {
  it('notes when each frame was written, on the clock of all processes', async () => {
    await start({ draftTokens: 3, acceptance: 1 });
    const before = Number(process.hrtime.bigint()) / 1e6;
    await simulator.events('/v1/completions', completion(10), 'mine');
    const after = Number(process.hrtime.bigint()) / 1e6;
    const { records, monotonicMs, epochMs } = simulator.truth();
    const [record] = records;
    expect(record).toMatchObject({ requestId: 'mine', index: 0, promptTokens: 3, outputTokens: 10, complete: true });
    expect(record?.frameTokens).toEqual([1, 4, 4, 1]);
    const times = [record!.receivedMs, record!.admittedMs!, ...record!.frameTimesMs, record!.endedMs];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]! + monotonicMs).toBeGreaterThan(before);
    expect(times.at(-1)! + monotonicMs).toBeLessThan(after);
    expect(Math.abs(epochMs + performance.now() - Date.now())).toBeLessThan(1000);
  });

  it('equals what /metrics counts, with aborted and failed requests', async () => {
    await start({
      faults: [parseFault('error_frame@3')!, parseFault('no_tokens@5')!],
      draftTokens: 2,
      acceptance: 0.5,
    });
    const scrape = async (atMs: number) => ({
      atMs,
      values: parseMetricsText(await (await fetch(`${simulator.url}/metrics`)).text()),
    });
    const before = await scrape(0);
    const prompt = Array.from({ length: 40 }, (_, at) => at);
    const abort = AbortSignal.timeout(60);
    const slow = { ...completion(100_000), prompt };
    const left = fetch(`${simulator.url}/v1/completions`, { method: 'POST', body: JSON.stringify(slow), signal: abort })
      .then((response) => response.text())
      .catch(() => undefined);
    for (let at = 0; at < 8; at++) await simulator.events('/v1/completions', { ...completion(5 + at), prompt });
    await left;
    while (simulator.truth().records.length < 9) await sleep(5);
    const after = await scrape(1000);
    const window = summariseServer([before, after], 0, 1000);
    const { records } = simulator.truth();
    const sum = (pick: (record: (typeof records)[number]) => number) =>
      records.filter(({ fault }) => fault !== 'no_tokens').reduce((total, record) => total + pick(record), 0);
    expect(window).toMatchObject({
      generationTokens: sum(({ outputTokens }) => outputTokens),
      promptTokens: sum(({ promptTokens }) => promptTokens),
      cachedPromptTokens: sum(({ cachedTokens }) => cachedTokens),
      preemptions: 0,
      runningMax: 0,
      waitingMax: 0,
      kvCacheUsageMax: 0,
    });
    // One guess per frame after the first, and one whose frame was the error.
    const drafts = sum(({ frameTokens }) => frameTokens.length - 1) + 1;
    expect(after.values['vllm:spec_decode_num_drafts_total']).toBe(drafts);
    const accepted = sum(({ frameTokens }) => frameTokens.slice(1).reduce((total, tokens) => total + tokens - 1, 0));
    const counted = after.values['vllm:spec_decode_num_accepted_tokens_total']!;
    expect(counted).toBeGreaterThanOrEqual(accepted);
    expect(counted).toBeLessThanOrEqual(accepted + 2);
    expect(window!.acceptedPerDraft).toBeCloseTo(counted / drafts);
    const count = (reason: string) => after.values[`vllm:request_success_total{finished_reason="${reason}"}`];
    expect([count('length'), count('abort'), count('error')]).toEqual([7, 1, 1]);
    expect(after.values['vllm:cache_config_info{num_gpu_blocks}']).toBe(DEFAULT_OPTIONS.kvBlocks);
    expect(after.values['vllm:time_to_first_token_seconds_count']).toBe(8);
  });

  it('shows queue, KV use and preemptions while they last', async () => {
    await start({ maxNumSeqs: 2, kvBlocks: 6, prefixCache: false, itl: { kind: 'constant', ms: 2 } });
    const all = Promise.all(
      [0, 1, 2].map(() => simulator.events('/v1/completions', { ...completion(60), prompt: [1, 2, 3, 4] })),
    );
    await sleep(40);
    const values = parseMetricsText(await (await fetch(`${simulator.url}/metrics`)).text());
    expect(values).toMatchObject({ 'vllm:num_requests_running': 2, 'vllm:num_requests_waiting': 1 });
    expect(values['vllm:kv_cache_usage_perc']).toBeGreaterThan(0);
    await all;
    const after = parseMetricsText(await (await fetch(`${simulator.url}/metrics`)).text());
    const { records } = simulator.truth();
    expect(records.map(({ outputTokens }) => outputTokens)).toEqual([60, 60, 60]);
    expect(after['vllm:num_preemptions_total']).toBe(records.reduce((sum, { preemptions }) => sum + preemptions, 0));
    expect(after['vllm:num_preemptions_total']).toBeGreaterThan(0);
    expect(after['vllm:generation_tokens_total']).toBe(180);
  });

  it('shows a stall as the longest gap', async () => {
    await start({ stalls: [{ atMs: 50, durationMs: 300 }] });
    await simulator.events('/v1/completions', completion(100));
    const { frameTimesMs } = simulator.truth().records[0]!;
    const gaps = frameTimesMs.slice(1).map((time, at) => time - frameTimesMs[at]!);
    // The last frame before it may be late on a busy machine, which shortens the gap.
    expect(gaps.filter((gap) => gap > 200)).toHaveLength(1);
  });

  it('is emptied on request, and requests count anew', async () => {
    await start({ faults: [parseFault('http_5xx@0')!] });
    const status = async () => {
      const response = await simulator.post('/v1/completions', completion(1));
      await response.text(); // else it is still under way when the next request comes
      return response.status;
    };
    expect([await status(), await status()]).toEqual([500, 200]);
    await simulator.post('/simulator/reset', {});
    expect((await simulator.json('/simulator/truth')).body).toMatchObject({ records: [], dropped: 0 });
    expect(await status()).toBe(500);
  });

  it('remembers a bounded number of frames', async () => {
    await start({ truthFrames: 5 });
    for (let at = 0; at < 3; at++) await simulator.events('/v1/completions', completion(3));
    const { records, dropped } = simulator.truth();
    expect([records.length, dropped]).toEqual([1, 2]);
  });
});
