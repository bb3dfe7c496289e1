/** Upper bounds of buckets, as vLLM has them; seconds. */
const TTFT_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
];
const GAP_BOUNDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST_BOUNDS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

const HISTOGRAMS = {
  time_to_first_token_seconds: TTFT_BOUNDS,
  inter_token_latency_seconds: GAP_BOUNDS,
  request_time_per_output_token_seconds: GAP_BOUNDS,
  e2e_request_latency_seconds: REQUEST_BOUNDS,
  request_queue_time_seconds: REQUEST_BOUNDS,
  request_prefill_time_seconds: REQUEST_BOUNDS,
  request_decode_time_seconds: REQUEST_BOUNDS,
  request_inference_time_seconds: REQUEST_BOUNDS,
} as const;

/** Counters by name and labels of their own. */
const COUNTERS = [
  'prompt_tokens_total',
  'generation_tokens_total',
  'num_preemptions_total',
  'prompt_tokens_cached_total',
  'prompt_tokens_by_source_total{source="local_compute"}',
  'prompt_tokens_by_source_total{source="local_cache_hit"}',
  'prompt_tokens_by_source_total{source="external_kv_transfer"}',
  'prefix_cache_queries_total',
  'prefix_cache_hits_total',
  'request_success_total{finished_reason="stop"}',
  'request_success_total{finished_reason="length"}',
  'request_success_total{finished_reason="abort"}',
  'request_success_total{finished_reason="error"}',
  'spec_decode_num_drafts_total',
  'spec_decode_num_draft_tokens_total',
  'spec_decode_num_accepted_tokens_total',
] as const;

export type CounterName = (typeof COUNTERS)[number];
export type HistogramName = keyof typeof HISTOGRAMS;

interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What the engine is doing at this moment. */
export interface Gauges {
  readonly running: number;
  readonly waiting: number;
  readonly kvUsage: number;
}

export interface MetricsSetup {
  readonly model: string;
  readonly blockSize: number;
  readonly kvBlocks: number;
  /** Without speculative decoding vLLM has no metrics of it. */
  readonly draftTokens: number;
}

/** Counts under vLLM's names. */
export class ServerMetrics {
  readonly #counters = new Map<CounterName, number>(COUNTERS.map((name) => [name, 0]));
  readonly #histograms = new Map<HistogramName, Histogram>();
  readonly #setup: MetricsSetup;
  readonly #startedS: number;

  /** @param startedS wall-clock seconds */
  constructor(setup: MetricsSetup, startedS: number) {
    this.#setup = setup;
    this.#startedS = startedS;
    for (const [name, bounds] of Object.entries(HISTOGRAMS) as [HistogramName, readonly number[]][])
      this.#histograms.set(name, { bounds, counts: bounds.map(() => 0), sum: 0, count: 0 });
  }

  add(name: CounterName, amount: number): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + amount);
  }

  observe(name: HistogramName, milliseconds: number): void {
    const histogram = this.#histograms.get(name);
    if (histogram === undefined) return;
    const seconds = milliseconds / 1000;
    histogram.sum += seconds;
    histogram.count += 1;
    const at = histogram.bounds.findIndex((bound) => seconds <= bound);
    if (at >= 0) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
  }

  /** The body of `/metrics`. */
  render(gauges: Gauges): string {
    const { model, blockSize, kvBlocks, draftTokens } = this.#setup;
    const escaped = model.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const labels = `engine="0",model_name="${escaped}"`;
    const gauge = (name: string, value: number) => `# TYPE vllm:${name} gauge\nvllm:${name}{${labels}} ${value}\n`;
    const reported = [...this.#counters].filter(([key]) => draftTokens > 0 || !key.startsWith('spec_decode_'));
    const counters = reported.map(([key, value], at) => {
      const first = nameOf(key) !== nameOf(reported[at - 1]?.[0] ?? '');
      return (first ? `# TYPE vllm:${nameOf(key)} counter\n` : '') + renderCounter(key, value, labels);
    });
    const histograms = [...this.#histograms].map(([name, each]) => renderHistogram(name, each, labels)).join('');
    const config = `block_size="${blockSize}",cache_dtype="auto",engine="0",num_gpu_blocks="${kvBlocks}"`;
    return (
      `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${this.#startedS}\n` +
      gauge('num_requests_running', gauges.running) +
      gauge('num_requests_waiting', gauges.waiting) +
      gauge('kv_cache_usage_perc', gauges.kvUsage) +
      counters.join('') +
      histograms +
      `# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{${config}} 1.0\n`
    );
  }
}

function nameOf(key: string): string {
  return key.replace(/\{.*/, '');
}

function renderCounter(key: string, value: number, labels: string): string {
  const own = /\{(.*)\}$/.exec(key)?.[1];
  return `vllm:${nameOf(key)}{${labels}${own === undefined ? '' : `,${own}`}} ${value}\n`;
}

function renderHistogram(name: string, { bounds, counts, sum, count }: Histogram, labels: string): string {
  let below = 0;
  const buckets = bounds.map((bound, at) => {
    below += counts[at] ?? 0;
    return `vllm:${name}_bucket{${labels},le="${bound}"} ${below}\n`;
  });
  const total = `vllm:${name}_bucket{${labels},le="+Inf"} ${count}\n`;
  const sums = `vllm:${name}_sum{${labels}} ${sum}\nvllm:${name}_count{${labels}} ${count}\n`;
  return `# TYPE vllm:${name} histogram\n${buckets.join('')}${total}${sums}`;
}
