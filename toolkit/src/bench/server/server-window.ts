import { METRIC_NAMES } from '../../engine/metrics-text.ts';
import type { MetricsSample } from '../client-protocol.ts';
import type { ServerWindow } from '../result.ts';

type Values = MetricsSample['values'];

const COUNTERS = {
  promptTokens: METRIC_NAMES.promptTokens,
  generationTokens: METRIC_NAMES.generationTokens,
  preemptions: ['vllm:num_preemptions_total', 'sglang:num_retractions_total'],
  drafts: ['vllm:spec_decode_num_drafts_total'],
  accepted: ['vllm:spec_decode_num_accepted_tokens_total'],
} as const;

const MEANS = {
  queue: ['vllm:request_queue_time_seconds', 'sglang:queue_time_seconds'],
  prefill: ['vllm:request_prefill_time_seconds'],
  decode: ['vllm:request_decode_time_seconds'],
} as const;

const LOCAL_HITS = 'vllm:prompt_tokens_by_source_total{source="local_cache_hit"}';
const REMOTE_HITS = 'vllm:prompt_tokens_by_source_total{source="external_kv_transfer"}';
/** The last two over-count when a request is scheduled again, so they are asked last. */
const CACHED = [
  'vllm:prompt_tokens_cached_total',
  'sglang:cached_tokens_total',
  'vllm:prefix_cache_hits_total',
  'vllm:gpu_prefix_cache_hits_total',
] as const;

/**
 * What the server's metrics did between two moments of the client's clock. Counters are taken from the last scrape at
 * or before `fromMs` (else the first one) to the first at or after `toMs` (else the last); gauges from the scrapes
 * between these. Null when no two scrapes span anything; a field is null when the server does not tell it.
 */
export function summariseServer(samples: readonly MetricsSample[], fromMs: number, toMs: number): ServerWindow | null {
  const span = selectSpan(samples, fromMs, toMs);
  if (span.length < 2) return null;
  const growth = (names: readonly string[]) => firstKnown(names, (name) => growthOf(span, name));
  const inside = span.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const largest = (names: readonly string[]) =>
    firstKnown(names, (name) => largestOf(inside.length > 0 ? inside : span, name));
  const [drafts, accepted] = [growth(COUNTERS.drafts), growth(COUNTERS.accepted)];
  return {
    promptTokens: growth(COUNTERS.promptTokens),
    generationTokens: growth(COUNTERS.generationTokens),
    cachedPromptTokens: hitsBySource(span) ?? growth(CACHED),
    preemptions: growth(COUNTERS.preemptions),
    runningMax: largest(METRIC_NAMES.running),
    waitingMax: largest(METRIC_NAMES.waiting),
    kvCacheUsageMax: largest(METRIC_NAMES.cacheUse),
    queueMeanMs: meanMs(span, MEANS.queue),
    prefillMeanMs: meanMs(span, MEANS.prefill),
    decodeMeanMs: meanMs(span, MEANS.decode),
    acceptedPerDraft: drafts === null || accepted === null || drafts === 0 ? null : accepted / drafts,
  };
}

/** Whether the server's process was another one at the end: its start time changed, or its counters went back. */
export function findServerRestart(samples: readonly MetricsSample[], fromMs: number, toMs: number): boolean {
  const span = selectSpan(samples, fromMs, toMs);
  const watched = [...COUNTERS.promptTokens, ...COUNTERS.generationTokens];
  return span.some(({ values }, at) => {
    const before = span[at - 1]?.values;
    if (before === undefined) return false;
    const [start, startBefore] = [values['process_start_time_seconds'], before['process_start_time_seconds']];
    if (start !== undefined && startBefore !== undefined && start !== startBefore) return true;
    return watched.some((name) => (values[name] ?? Infinity) < (before[name] ?? -Infinity));
  });
}

function selectSpan(samples: readonly MetricsSample[], fromMs: number, toMs: number): readonly MetricsSample[] {
  const ordered = samples.toSorted((a, b) => a.atMs - b.atMs);
  const first = Math.max(
    0,
    ordered.findLastIndex(({ atMs }) => atMs <= fromMs),
  );
  const after = ordered.findIndex(({ atMs }) => atMs >= toMs);
  return ordered.slice(first, after < 0 ? undefined : after + 1);
}

/** Null when no scrape knows the counter. One that appears later was 0 before: clients make series on first use. */
function growthOf(span: readonly MetricsSample[], name: string): number | null {
  if (!span.some(({ values }) => values[name] !== undefined)) return null;
  let grown = 0;
  let last = span[0]?.values[name] ?? 0;
  for (const { values } of span.slice(1)) {
    const value = values[name];
    if (value === undefined) continue;
    // A counter that went back began anew at 0.
    grown += value >= last ? value - last : value;
    last = value;
  }
  return grown;
}

function largestOf(span: readonly MetricsSample[], name: string): number | null {
  const values = span.map((sample) => sample.values[name]).filter((value) => value !== undefined);
  return values.length === 0 ? null : Math.max(...values);
}

function hitsBySource(span: readonly MetricsSample[]): number | null {
  const told = (values: Values) =>
    Object.keys(values).some((name) => name.startsWith('vllm:prompt_tokens_by_source_total'));
  if (!span.some(({ values }) => told(values))) return null;
  return (growthOf(span, LOCAL_HITS) ?? 0) + (growthOf(span, REMOTE_HITS) ?? 0);
}

function meanMs(span: readonly MetricsSample[], names: readonly string[]): number | null {
  return firstKnown(names, (name) => {
    const [sum, count] = [growthOf(span, `${name}_sum`), growthOf(span, `${name}_count`)];
    return sum === null || count === null || count === 0 ? null : (sum / count) * 1000;
  });
}

function firstKnown(names: readonly string[], find: (name: string) => number | null): number | null {
  for (const name of names) {
    const found = find(name);
    if (found !== null) return found;
  }
  return null;
}
