import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askFirst, type HttpAnswer } from './http.ts';

/** What an engine's metrics say at one moment. */
export interface MetricsSample {
  /** Requests being computed. */
  readonly running: number;
  /** Requests waiting for a place. */
  readonly waiting: number;
  /** Tokens generated since the engine started; undefined where only a rate is told. */
  readonly generatedTokens: number | undefined;
  /** Tokens per second as the engine itself tells. */
  readonly tokensPerSecond: number | undefined;
  /** Use of the cache of keys and values, 0 to 1. */
  readonly cacheUse: number | undefined;
}

/** What an endpoint is doing. */
export interface Load {
  readonly running: number;
  readonly waiting: number;
  readonly tokensPerSecond: number | null;
  readonly cacheUse: number | null;
}

/** The names of vLLM, its older ones, and SGLang's. */
const NAMES = {
  running: ['vllm:num_requests_running', 'sglang:num_running_reqs'],
  waiting: ['vllm:num_requests_waiting', 'sglang:num_queue_reqs'],
  generatedTokens: ['vllm:generation_tokens_total', 'sglang:generation_tokens_total'],
  tokensPerSecond: ['sglang:gen_throughput'],
  cacheUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc', 'sglang:token_usage'],
} as const;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{.*\})?\s+(\S+)/;

/** Reads the Prometheus text of an engine; undefined when it is of no known engine. Several series are added up. */
export function parseMetrics(text: string): MetricsSample | undefined {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const number = Number(value);
    if (Number.isFinite(number)) sums.set(name, (sums.get(name) ?? 0) + number);
  }
  const find = (names: readonly string[]) => names.map((name) => sums.get(name)).find((value) => value !== undefined);
  const running = find(NAMES.running);
  if (running === undefined) return undefined;
  return {
    running,
    waiting: find(NAMES.waiting) ?? 0,
    generatedTokens: find(NAMES.generatedTokens),
    tokensPerSecond: find(NAMES.tokensPerSecond),
    cacheUse: find(NAMES.cacheUse),
  };
}

/** Asks an endpoint for its metrics; undefined when it has none. */
export async function readMetrics(url: string, timeoutMs: number): Promise<MetricsSample | undefined> {
  return sampleOf(await ask(`${url}/metrics`, { timeoutMs }));
}

/** What an endpoint at one of these addresses is doing, its tokens counted over a moment; null without metrics. */
export async function measureLoad(
  urls: readonly string[],
  { windowMs, timeoutMs }: { readonly windowMs: number; readonly timeoutMs: number },
): Promise<Load | null> {
  const found = await askFirst(urls, '/metrics', { timeoutMs });
  const first = sampleOf(found?.answer);
  if (found === undefined || first === undefined) return null;
  const startedMs = performance.now();
  const idle = first.running === 0 && first.waiting === 0;
  const load = { running: first.running, waiting: first.waiting, cacheUse: first.cacheUse ?? null };
  if (first.generatedTokens === undefined) return { ...load, tokensPerSecond: first.tokensPerSecond ?? null };
  if (idle) return { ...load, tokensPerSecond: 0 };
  await sleep(windowMs);
  const second = await readMetrics(found.url, timeoutMs);
  const seconds = (performance.now() - startedMs) / 1000;
  if (second?.generatedTokens === undefined) return { ...load, tokensPerSecond: null };
  // A counter that went back is one of an engine that started anew.
  const tokens = Math.max(0, second.generatedTokens - first.generatedTokens);
  return { ...load, tokensPerSecond: tokens / seconds };
}

function sampleOf(answer: HttpAnswer | undefined): MetricsSample | undefined {
  return answer?.status === 200 ? parseMetrics(answer.body) : undefined;
}
