import type { FinishReason } from './frames.ts';
import type { ServerMetrics } from './server-metrics.ts';

export interface MeterSetup {
  readonly metrics: ServerMetrics;
  readonly promptTokens: number;
  readonly receivedMs: number;
  /** Guessed tokens per step; 0 without speculative decoding. */
  readonly draftTokens: number;
}

/** Counts one request into the server's metrics; times of `performance.now()`. */
export class AnswerMeter {
  readonly #setup: MeterSetup;
  #admittedMs: number | undefined;
  #firstMs: number | undefined;
  #lastMs = 0;
  #cachedTokens = 0;
  #tokens = 0;
  #preemptions = 0;

  constructor(setup: MeterSetup) {
    this.#setup = setup;
  }

  get admittedMs(): number | undefined {
    return this.#admittedMs;
  }

  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  get outputTokens(): number {
    return this.#tokens;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  admitted(cachedTokens: number): void {
    if (this.#admittedMs !== undefined) return;
    this.#admittedMs = performance.now();
    this.#cachedTokens = cachedTokens;
  }

  preempted(): void {
    this.#preemptions += 1;
    this.#setup.metrics.add('num_preemptions_total', 1);
  }

  stepped(tokens: number): void {
    const { metrics, draftTokens } = this.#setup;
    const nowMs = performance.now();
    metrics.add('generation_tokens_total', tokens);
    this.#tokens += tokens;
    if (this.#firstMs === undefined) {
      this.#countPrompt(nowMs);
      this.#firstMs = nowMs;
    } else {
      metrics.observe('inter_token_latency_seconds', nowMs - this.#lastMs);
      if (draftTokens > 0) {
        metrics.add('spec_decode_num_drafts_total', 1);
        metrics.add('spec_decode_num_draft_tokens_total', draftTokens);
        metrics.add('spec_decode_num_accepted_tokens_total', tokens - 1);
      }
    }
    this.#lastMs = nowMs;
  }

  finished(reason: FinishReason | 'abort' | 'error'): void {
    const { metrics, receivedMs } = this.#setup;
    metrics.add(`request_success_total{finished_reason="${reason}"}`, 1);
    if (this.#firstMs === undefined || this.#admittedMs === undefined) return;
    const decodeMs = this.#lastMs - this.#firstMs;
    metrics.observe('e2e_request_latency_seconds', this.#lastMs - receivedMs);
    metrics.observe('request_queue_time_seconds', this.#admittedMs - receivedMs);
    metrics.observe('request_prefill_time_seconds', this.#firstMs - this.#admittedMs);
    metrics.observe('request_decode_time_seconds', decodeMs);
    metrics.observe('request_inference_time_seconds', this.#lastMs - this.#admittedMs);
    if (this.#tokens > 1) metrics.observe('request_time_per_output_token_seconds', decodeMs / (this.#tokens - 1));
  }

  #countPrompt(nowMs: number): void {
    const { metrics, promptTokens, receivedMs } = this.#setup;
    const cached = this.#cachedTokens;
    metrics.add('prompt_tokens_total', promptTokens);
    metrics.add('prompt_tokens_by_source_total{source="local_compute"}', promptTokens - cached);
    metrics.add('prompt_tokens_by_source_total{source="local_cache_hit"}', cached);
    metrics.add('prompt_tokens_cached_total', cached);
    metrics.add('prefix_cache_queries_total', promptTokens);
    metrics.add('prefix_cache_hits_total', cached);
    metrics.observe('time_to_first_token_seconds', nowMs - receivedMs);
  }
}
