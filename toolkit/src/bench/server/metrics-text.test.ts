import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMetricsText } from './metrics-text.ts';

describe('parseMetricsText', () => {
  it('adds counters over engines, takes the largest gauge, and keeps labels of their own apart', () => {
    const text = [
      '# HELP vllm:request_success_total Count of successfully processed requests.',
      '# TYPE vllm:request_success_total counter',
      'vllm:request_success_total{engine="0",finished_reason="stop",model_name="a/b"} 3.0',
      'vllm:request_success_total{engine="1",finished_reason="stop",model_name="a/b"} 4.0',
      'vllm:request_success_total{engine="0",finished_reason="length",model_name="a/b"} 5.0',
      '# TYPE vllm:kv_cache_usage_perc gauge',
      'vllm:kv_cache_usage_perc{engine="0"} 0.25',
      'vllm:kv_cache_usage_perc{engine="1"} 0.75',
    ].join('\n');
    expect(parseMetricsText(text)).toEqual({
      'vllm:request_success_total': 12,
      'vllm:request_success_total{finished_reason="stop"}': 7,
      'vllm:request_success_total{finished_reason="length"}': 5,
      'vllm:kv_cache_usage_perc': 0.75,
    });
  });

  it('takes sums and counts of histograms, not buckets and creation times', () => {
    const text = [
      '# TYPE vllm:request_queue_time_seconds histogram',
      'vllm:request_queue_time_seconds_bucket{engine="0",le="0.3"} 1.0',
      'vllm:request_queue_time_seconds_bucket{engine="0",le="+Inf"} 2.0',
      'vllm:request_queue_time_seconds_count{engine="0"} 2.0',
      'vllm:request_queue_time_seconds_sum{engine="0"} 4.5e-05',
      'vllm:request_queue_time_seconds_created{engine="0"} 1.7e9',
    ].join('\r\n');
    expect(parseMetricsText(text)).toEqual({
      'vllm:request_queue_time_seconds_count': 2,
      'vllm:request_queue_time_seconds_sum': 0.000045,
    });
  });

  it('reads the numbers an info metric hides in its labels', () => {
    const text = 'vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="27011"} 1.0';
    expect(parseMetricsText(text)).toMatchObject({
      'vllm:cache_config_info{block_size}': 16,
      'vllm:cache_config_info{num_gpu_blocks}': 27011,
    });
  });

  it('leaves out what is not a finite number', () => {
    const text = 'a NaN\nb +Inf\nc -Inf\nd 1_0\ne\nf{x="1" 2\n{y="1"} 3\nh 0x10\ni 2 1395066363000\n';
    expect(parseMetricsText(text)).toEqual({ i: 2 });
  });

  it('knows a counter of OpenMetrics, whose type line has no ending', () => {
    const text = '# TYPE x counter\nx_total{engine="0"} 1\nx_total{engine="1"} 2\n# TYPE y gauge\ny 5\n';
    expect(parseMetricsText(text)).toEqual({ x_total: 3, y: 5 });
  });

  it('reads back any label and any finite number', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number || 0); // no -0 in text
    const escape = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    fc.assert(
      fc.property(fc.string(), value, (label, number) => {
        const read = parseMetricsText(`m_total{a="${escape(label)}",engine="0"} ${number}\n`);
        expect(read['m_total']).toBe(number);
        expect(read[`m_total{a="${label}"}`]).toBe(number);
      }),
    );
  });

  it('does not throw on any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', '_', ':', '{', '}', '=', '"', '\\', ' ', '#', '\n', '1', '.', 'e', '+', ',', 'N'),
        }),
        (text) => {
          for (const value of Object.values(parseMetricsText(text))) expect(Number.isFinite(value)).toBe(true);
        },
      ),
    );
  });
});
