import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askFirst, type HttpAnswer } from './http.ts';
import { METRIC_NAMES, parseSeries } from './metrics-text.ts';

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

/** SGLang tells a rate too. */
const RATE_NAMES = ['sglang:gen_throughput'] as const;

/**
 * Reads the Prometheus text of an engine; undefined when it is of no known engine. What several engines of one server
 * tell is added up, but for the use of their caches: the fullest counts.
 */
export function parseMetrics(text: string): MetricsSample | undefined {
  const told = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const { name, value } = parseSeries(line) ?? {};
    if (name === undefined || value === undefined || !Number.isFinite(value)) continue;
    told.set(name, [...(told.get(name) ?? []), value]);
  }
  const find = (names: readonly string[]) => names.map((name) => told.get(name)).find((values) => values !== undefined);
  const sum = (names: readonly string[]) => find(names)?.reduce((total, value) => total + value, 0);
  const running = sum(METRIC_NAMES.running);
  if (running === undefined) return undefined;
  const cacheUses = find(METRIC_NAMES.cacheUse);
  return {
    running,
    waiting: sum(METRIC_NAMES.waiting) ?? 0,
    generatedTokens: sum(METRIC_NAMES.generationTokens),
    tokensPerSecond: sum(RATE_NAMES),
    cacheUse: cacheUses === undefined ? undefined : Math.max(...cacheUses),
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

/** The metrics in an answer; undefined when it holds none. */
export function sampleOf(answer: HttpAnswer | undefined): MetricsSample | undefined {
  return answer?.status === 200 ? parseMetrics(answer.body) : undefined;
}
