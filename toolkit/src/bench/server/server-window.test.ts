import { describe, expect, it } from 'vitest';
import { findServerRestart, summariseServer } from './server-window.ts';

const sample = (atMs: number, values: Record<string, number>) => ({ atMs, values });
const tokens = (atMs: number, generated: number) => sample(atMs, { 'vllm:generation_tokens_total': generated });

describe('summariseServer', () => {
  it('counts from the last scrape before the window to the first after it', () => {
    const samples = [tokens(0, 5), tokens(90, 100), tokens(1000, 600), tokens(2010, 1100), tokens(3000, 9999)];
    expect(summariseServer(samples, 100, 2000)?.generationTokens).toBe(1000);
  });

  it('does not depend on the order of scrapes', () => {
    const samples = [tokens(2010, 1100), tokens(90, 100), tokens(1000, 600)];
    expect(summariseServer(samples, 100, 2000)?.generationTokens).toBe(1000);
  });

  it('takes what it has when no scrape lies outside', () => {
    expect(summariseServer([tokens(200, 10), tokens(900, 60)], 100, 2000)?.generationTokens).toBe(50);
  });

  it('is null with nothing to subtract', () => {
    expect(summariseServer([], 0, 1)).toBeNull();
    expect(summariseServer([tokens(0, 1)], 0, 1)).toBeNull();
  });

  it('tells 0 from not reported', () => {
    const values = { 'vllm:num_preemptions_total': 3, 'vllm:num_requests_waiting': 0 };
    const window = summariseServer([sample(0, values), sample(10, values)], 0, 10);
    expect(window).toMatchObject({ preemptions: 0, waitingMax: 0, runningMax: null, generationTokens: null });
    expect(window).toMatchObject({ cachedPromptTokens: null, queueMeanMs: null, acceptedPerDraft: null });
  });

  it('takes a counter that appears later to have begun at 0, and one that went back to have begun anew', () => {
    const samples = [sample(0, {}), tokens(10, 70), tokens(20, 90), tokens(30, 15)];
    expect(summariseServer(samples, 0, 30)?.generationTokens).toBe(105);
  });

  it('takes gauges from inside the window only', () => {
    const gauge = (atMs: number, value: number) => sample(atMs, { 'vllm:kv_cache_usage_perc': value });
    expect(summariseServer([gauge(0, 0.9), gauge(10, 0.2), gauge(20, 0.3), gauge(30, 1)], 5, 25)?.kvCacheUsageMax).toBe(
      0.3,
    );
  });

  it('reads older names', () => {
    const values = { 'vllm:gpu_cache_usage_perc': 0.5, 'vllm:gpu_prefix_cache_hits_total': 7 };
    const later = { ...values, 'vllm:gpu_prefix_cache_hits_total': 39 };
    const window = summariseServer([sample(0, values), sample(10, later)], 0, 10);
    expect(window).toMatchObject({ kvCacheUsageMax: 0.5, cachedPromptTokens: 32 });
  });

  it('prefers cache hits by source to those that count a prompt twice', () => {
    const name = (source: string) => `vllm:prompt_tokens_by_source_total{source="${source}"}`;
    const values = (hits: number, remote: number, doubled: number) => ({
      [name('local_cache_hit')]: hits,
      [name('external_kv_transfer')]: remote,
      [name('local_compute')]: 1000,
      'vllm:prefix_cache_hits_total': doubled,
    });
    const window = summariseServer([sample(0, values(0, 0, 0)), sample(10, values(16, 32, 400))], 0, 10);
    expect(window?.cachedPromptTokens).toBe(48);
  });

  it('computes means over the window, not since the start', () => {
    const name = 'vllm:request_queue_time_seconds';
    const before = sample(0, { [`${name}_sum`]: 100, [`${name}_count`]: 10 });
    const after = sample(10, { [`${name}_sum`]: 101, [`${name}_count`]: 14 });
    expect(summariseServer([before, after], 0, 10)?.queueMeanMs).toBeCloseTo(250);
  });

  it('computes accepted tokens per draft', () => {
    const values = (drafts: number, accepted: number) => ({
      'vllm:spec_decode_num_drafts_total': drafts,
      'vllm:spec_decode_num_accepted_tokens_total': accepted,
    });
    expect(summariseServer([sample(0, values(1, 1)), sample(10, values(101, 251))], 0, 10)?.acceptedPerDraft).toBe(2.5);
  });
});

describe('findServerRestart', () => {
  it('sees counters that go back and another start time', () => {
    expect(findServerRestart([tokens(0, 10), tokens(10, 20)], 0, 10)).toBe(false);
    expect(findServerRestart([tokens(0, 10), tokens(10, 2)], 0, 10)).toBe(true);
    const started = (atMs: number, at: number) => sample(atMs, { process_start_time_seconds: at });
    expect(findServerRestart([started(0, 5), started(10, 5)], 0, 10)).toBe(false);
    expect(findServerRestart([started(0, 5), started(10, 6)], 0, 10)).toBe(true);
  });
});
