import type { LoadShape } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { RepeatResult } from '../result.ts';
import { describeValues, meanOf, percentileOf, sortValues } from '../stats/distribution.ts';
import { computeConcurrency } from '../summary/delivery.ts';
import { selectEnded } from '../summary/summarise-repeat.ts';
import { toVllmRequest, vllmTpot, type VllmRequest } from '../summary/vllm-metrics.ts';
import { PythonFloat, renderPythonJson, type PythonValue } from './python-json.ts';

/** What vLLM's file holds besides the requests themselves. */
export interface VllmOptions {
  /** Keeps lengths, times, gaps, texts and errors of every request, as `--save-detailed` does. */
  readonly detailed: boolean;
  /** Percentiles beside mean, median and deviation; vLLM's own default is 99. */
  readonly percentiles: readonly number[];
}

export const VLLM_OPTIONS: VllmOptions = { detailed: false, percentiles: [50, 90, 95, 99] };

type Fields = Readonly<Record<string, PythonValue>>;

const float = (value: number) => new PythonFloat(value);
const floats = (values: readonly number[]) => values.map(float);

/**
 * One repeat as the file that `vllm bench serve --save-result` writes: its keys in its order, arrays in seconds, the
 * rest in milliseconds. Start and end of the measurement in Unix time stand where vLLM puts `--metadata`; programs that
 * join power readings look for them. A constant arrival, infinite burstiness for vLLM, is written as "inf", because
 * Infinity is no JSON.
 */
export function renderVllm(
  repeat: RepeatResult,
  records: readonly RequestRecord[],
  options: VllmOptions = VLLM_OPTIONS,
): string {
  const measured = records.filter(({ phase }) => phase === 'measured');
  const requests = selectEnded(measured).map(toVllmRequest);
  return renderPythonJson({
    ...describeRun(repeat, measured, requests.length),
    ...describeTraffic(repeat.spec.load),
    ...describeTotals(repeat),
    ...describeRequests(requests, options.detailed),
    ...describePeaks(requests),
    ...describeMetrics(requests, repeat.spec.load, options.percentiles),
  });
}

function describeRun(
  { spec, startedAt, vllm }: RepeatResult,
  measured: readonly RequestRecord[],
  prompts: number,
): Fields {
  // The clock of the records starts with the point, before its warm-up, which is no part of the measurement.
  const lastMs = measured.reduce((last, { endMs }) => Math.max(last, endMs), 0);
  const endS = (Date.parse(startedAt) + lastMs) / 1000;
  const backend = spec.endpoint === 'chat' ? 'openai-chat' : 'vllm';
  return {
    date: startedAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-'),
    endpoint_type: backend,
    backend,
    label: spec.id,
    model_id: spec.model,
    tokenizer_id: spec.model,
    num_prompts: prompts,
    benchmark_start_time_unix: float(endS - vllm.durationS),
    benchmark_end_time_unix: float(endS),
  };
}

function describeTraffic(load: LoadShape): Fields {
  const traffic = (rate: PythonValue, burstiness: PythonValue, most: number | null) => ({
    request_rate: rate,
    burstiness,
    max_concurrency: most,
  });
  switch (load.kind) {
    case 'concurrency':
      return traffic('inf', float(1), load.concurrency);
    case 'rate': {
      const burstiness = load.arrival === 'constant' ? 'inf' : float(load.arrival === 'poisson' ? 1 : load.burstiness);
      return traffic(float(load.requestsPerSecond), burstiness, load.maxConcurrency ?? null);
    }
    case 'ramp':
      return {
        ...traffic('inf', float(1), null),
        ramp_up_strategy: load.growth,
        ramp_up_start_rps: load.fromRequestsPerSecond,
        ramp_up_end_rps: load.toRequestsPerSecond,
      };
    case 'trace':
      return traffic('inf', float(1), null);
  }
}

function describeTotals({ vllm }: RepeatResult): Fields {
  return {
    duration: float(vllm.durationS),
    completed: vllm.completed,
    failed: vllm.failed,
    total_input_tokens: vllm.totalInputTokens,
    total_output_tokens: vllm.totalOutputTokens,
    request_throughput: float(vllm.requestThroughput),
    request_goodput: vllm.requestGoodput === null ? null : float(vllm.requestGoodput),
    output_throughput: float(vllm.outputThroughput),
    total_token_throughput: float(vllm.totalTokenThroughput),
  };
}

function describeRequests(requests: readonly VllmRequest[], detailed: boolean): Fields {
  const latencies = floats(requests.map(({ latency }) => latency));
  const queueTimes = floats(requests.map(({ queueTime }) => queueTime));
  if (!detailed) return { latencies, queue_times: queueTimes };
  return {
    input_lens: requests.map(({ promptTokens }) => promptTokens),
    output_lens: requests.map(({ outputTokens }) => outputTokens),
    ttfts: floats(requests.map(({ ttft }) => ttft)),
    itls: requests.map(({ itl }) => floats(itl)),
    latencies,
    start_times: floats(requests.map(({ startTime }) => startTime)),
    queue_times: queueTimes,
    generated_texts: requests.map(({ text }) => text),
    errors: requests.map(({ error }) => error),
  };
}

/** Most events in one second, and most requests at once, of the successful ones. */
function describePeaks(requests: readonly VllmRequest[]): Fields {
  const done = requests.filter(({ success }) => success);
  const startS = done.reduce((least, { startTime }) => Math.min(least, startTime), Infinity);
  const seconds = new Map<number, number>();
  for (const { startTime, ttft, itl } of done) {
    let atS = startTime + ttft;
    for (const gap of [0, ...itl]) {
      atS += gap;
      const second = Math.trunc(atS - startS);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
  }
  const spans = done.map(({ startTime, latency }) => ({ sentMs: startTime, endMs: startTime + latency }));
  const busiest = [...seconds.values()].reduce((most, count) => Math.max(most, count), 0);
  return {
    max_output_tokens_per_s: float(busiest),
    max_concurrent_requests: computeConcurrency(spans, 0, 0).peak,
    rtfx: float(0),
  };
}

function describeMetrics(
  requests: readonly VllmRequest[],
  load: LoadShape,
  percentiles: readonly number[],
): Record<string, PythonValue> {
  const done = requests.filter(({ success }) => success);
  const limited = load.kind === 'concurrency' || (load.kind === 'rate' && load.maxConcurrency !== undefined);
  const queued = limited ? { client_queue_time: done.map(({ queueTime }) => queueTime) } : {};
  // With an infinite rate all requests queue from the first moment: vLLM leaves the sum out.
  const inclusive =
    limited && load.kind === 'rate'
      ? { e2el_including_client_queue: done.map(({ latency, queueTime }) => latency + queueTime) }
      : {};
  const metrics: Readonly<Record<string, readonly number[]>> = {
    ttft: done.map(({ ttft }) => ttft),
    tpot: done.filter(({ outputTokens }) => outputTokens > 1).map(vllmTpot),
    itl: done.flatMap(({ itl }) => itl),
    e2el: done.map(({ latency }) => latency),
    ...queued,
    ...inclusive,
  };
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, seconds]) => describeMetric(name, seconds, percentiles)),
  );
}

function describeMetric(
  name: string,
  seconds: readonly number[],
  percentiles: readonly number[],
): readonly (readonly [string, PythonValue])[] {
  const sorted = sortValues(seconds);
  return [
    [`mean_${name}_ms`, float(meanOf(sorted) * 1000)],
    [`median_${name}_ms`, float(percentileOf(sorted, 50) * 1000)],
    [`std_${name}_ms`, float(describeValues(sorted).std * 1000)],
    ...percentiles.map((percent) => [`p${percent}_${name}_ms`, float(percentileOf(sorted, percent) * 1000)] as const),
  ];
}
