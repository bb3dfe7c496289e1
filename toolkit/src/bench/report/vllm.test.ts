import { expect, it } from 'vitest';
import { HEALTH, makeEvents, makeRecord, SPEC } from '../../../test/lib/bench-records.ts';
import type { RequestRecord } from '../record.ts';
import { summariseRepeat } from '../summary/summarise-repeat.ts';
import { renderVllm } from './vllm.ts';

const FILES = { recordsFile: 'r', samplesFile: 's' };

/**
 * Sent at 0, 0, 250 and 500 ms; the third fails after one event, at 2 s, and counts for nothing but `failed`.
 * A: events 100, 200, 300, 400 with 4 tokens. B: a chat stream, role event at 50, then two events of 3 tokens in all.
 * D waited 125 ms in the client and brought a single token.
 */
const RECORDS: readonly RequestRecord[] = [
  makeRecord(0, [100, 200, 300, 400], { text: 'four' }),
  makeRecord(0, [50, 150, 250], { eventTokens: [0, 2, 1], firstContentMs: 150, outputTokens: 3 }),
  makeRecord(250, [300], { outcome: 'error_frame', error: 'boom', outputTokens: 1, endMs: 2000 }),
  makeRecord(500, [750], { intendedMs: 375 }),
];
const spec = { ...SPEC, serviceLevel: { ttftMs: 100, tpotMs: 101, e2elMs: 400 } };

/** The file by hand, from vLLM's definitions; D is the duration of 2 s. */
const EXPECTED = [
  '"date": "20260102-030405"',
  '"endpoint_type": "vllm"',
  '"backend": "vllm"',
  '"label": "p-c2-r1"',
  '"model_id": "acme/Model"',
  '"tokenizer_id": "acme/Model"',
  '"num_prompts": 4',
  '"benchmark_start_time_unix": 1767323045.0',
  '"benchmark_end_time_unix": 1767323047.0',
  '"request_rate": "inf"',
  '"burstiness": 1.0',
  '"max_concurrency": 2',
  '"duration": 2.0',
  '"completed": 3',
  '"failed": 1',
  '"total_input_tokens": 30',
  '"total_output_tokens": 8',
  '"request_throughput": 1.5',
  // A (100, 100, 400) and B (50, 100, 250) meet the limits, bounds included; D's first token took 250.
  '"request_goodput": 1.0',
  '"output_throughput": 4.0',
  '"total_token_throughput": 19.0',
  '"input_lens": [10, 10, 10, 10]',
  '"output_lens": [4, 3, 0, 1]',
  '"ttfts": [0.1, 0.05, 0.05, 0.25]',
  '"itls": [[0.1, 0.1, 0.1], [0.1, 0.1], [], []]',
  '"latencies": [0.4, 0.25, 0.0, 0.25]',
  '"start_times": [0.0, 0.0, 0.25, 0.5]',
  '"queue_times": [0.0, 0.0, 0.0, 0.125]',
  '"generated_texts": ["four", "", "", ""]',
  '"errors": ["", "", "boom", ""]',
  // 8 events of successful requests within the first second; A and B at the same time.
  '"max_output_tokens_per_s": 8.0',
  '"max_concurrent_requests": 2',
  '"rtfx": 0.0',
];

/** mean, median, deviation and p99 of 50, 100 and 250 ms and so on, each by another way than the code's. */
const METRICS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  // Mean 400/3; squares 2500 + 10000 + 62500 = 75000; p99 at place 1.98 of 0..2.
  ttft: [400 / 3, 100, Math.sqrt(75_000 / 3 - (400 / 3) ** 2), 100 + 0.98 * 150],
  tpot: [100, 100, 0, 100],
  itl: [100, 100, 0, 100],
  // 250, 250, 400: mean 300.
  e2el: [300, 250, Math.sqrt((50 ** 2 + 50 ** 2 + 100 ** 2) / 3), 250 + 0.98 * 150],
  client_queue_time: [125 / 3, 0, Math.sqrt(125 ** 2 / 3 - (125 / 3) ** 2), 0.98 * 125],
};

it('writes what vllm bench serve writes', () => {
  const repeat = summariseRepeat(spec, makeEvents(RECORDS, 2000), FILES);
  const text = renderVllm(repeat, RECORDS, { detailed: true, percentiles: [99] });
  const head = `{${EXPECTED.join(', ')}, `;
  expect(text.slice(0, head.length).split(', "')).toEqual(head.split(', "'));
  const tail = JSON.parse(`{${text.slice(head.length)}`) as Record<string, number>;
  const keys = Object.keys(METRICS).flatMap((name) => [
    `mean_${name}_ms`,
    `median_${name}_ms`,
    `std_${name}_ms`,
    `p99_${name}_ms`,
  ]);
  expect(Object.keys(tail)).toEqual(keys);
  for (const [name, figures] of Object.entries(METRICS)) {
    for (const [at, part] of ['mean', 'median', 'std', 'p99'].entries()) {
      expect(tail[`${part}_${name}_ms`], `${part} ${name}`).toBeCloseTo(figures[at]!, 9);
    }
  }
});

it('begins after the warm-up, for programs that join power readings', () => {
  const later = RECORDS.map((record) => makeRecord(record.sentMs + 3000, [record.sentMs + 3100], { endMs: 5000 }));
  const warmup = makeRecord(0, [2900], { phase: 'warmup', endMs: 2900 });
  const events = makeEvents([warmup, ...later], 5000).map((event) =>
    event.type === 'done' ? { ...event, fromMs: 3000 } : event,
  );
  const file = JSON.parse(renderVllm(summariseRepeat(SPEC, events, FILES), [warmup, ...later])) as object;
  expect(file).toMatchObject({
    duration: 2,
    benchmark_start_time_unix: 1767323048,
    benchmark_end_time_unix: 1767323050,
  });
});

it('leaves out what vLLM leaves out without --save-detailed, and names odd percentiles as it does', () => {
  const repeat = summariseRepeat(SPEC, makeEvents(RECORDS, 2000), FILES);
  const value = JSON.parse(renderVllm(repeat, RECORDS, { detailed: false, percentiles: [99.9] })) as object;
  expect(value).not.toHaveProperty('ttfts');
  expect(value).toHaveProperty('latencies');
  expect(value).toHaveProperty('queue_times');
  expect(value).toMatchObject({ request_goodput: null });
  expect(Object.keys(value)).toContain('p99.9_ttft_ms');
});

it('describes rates and ramps, and sums the queue only where there is a finite rate and a limit', () => {
  const fileOf = (load: typeof SPEC.load) => {
    const repeat = summariseRepeat({ ...SPEC, load }, makeEvents(RECORDS, 2000, { health: HEALTH }), FILES);
    return JSON.parse(renderVllm(repeat, RECORDS)) as object;
  };
  const poisson = fileOf({ kind: 'rate', requestsPerSecond: 4, arrival: 'poisson', burstiness: 3, maxConcurrency: 9 });
  expect(poisson).toMatchObject({ request_rate: 4, burstiness: 1, max_concurrency: 9 });
  expect(poisson).toHaveProperty('mean_e2el_including_client_queue_ms');
  const open = fileOf({ kind: 'rate', requestsPerSecond: 4, arrival: 'constant', burstiness: 1 });
  expect(open).toMatchObject({ burstiness: 'inf', max_concurrency: null });
  expect(open).not.toHaveProperty('mean_client_queue_time_ms');
  const ramp = fileOf({ kind: 'ramp', growth: 'linear', fromRequestsPerSecond: 1, toRequestsPerSecond: 8 });
  expect(Object.keys(ramp).slice(9, 15)).toEqual([
    'request_rate',
    'burstiness',
    'max_concurrency',
    'ramp_up_strategy',
    'ramp_up_start_rps',
    'ramp_up_end_rps',
  ]);
});
