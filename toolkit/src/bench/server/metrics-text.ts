import { parseSeries, type Series } from '../../engine/metrics-text.ts';

/** What a `# TYPE` line can say; `unknown` where there is none. */
type Kind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';

/** Labels that tell engines of one server apart, or buckets of one histogram: never a figure of its own. */
const JOINED_LABELS = new Set(['engine', 'model_name', 'le', 'quantile']);
const COUNTER_ENDING = /_(?:total|sum|count)$/;

/**
 * Reads Prometheus text. Counters and the sums and counts of histograms are added up over engines, of gauges the largest
 * counts; keys are full metric names. A series with labels of its own is found under these too, in alphabetical order:
 * `vllm:request_success_total{finished_reason="length"}`. Numbers that an `…_info` metric tells in labels are found as
 * `vllm:cache_config_info{num_gpu_blocks}`. Buckets, creation times, and values that are not finite are left out:
 * a name that is missing was not reported, which is not the same as 0.
 */
export function parseMetricsText(text: string): Record<string, number> {
  const kinds = new Map<string, Kind>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) readType(line, kinds);
    else addSeries(parseSeries(line), kinds, values);
  }
  return Object.fromEntries(values);
}

function readType(line: string, kinds: Map<string, Kind>): void {
  const [, name, kind] = /^#\s*TYPE\s+(\S+)\s+(counter|gauge|histogram|summary)\s*$/.exec(line) ?? [];
  if (name !== undefined) kinds.set(name, kind as Kind);
}

function addSeries(series: Series | undefined, kinds: ReadonlyMap<string, Kind>, values: Map<string, number>): void {
  if (series === undefined || !Number.isFinite(series.value)) return;
  const { name, labels, value } = series;
  if (isDetail(series, kinds)) return;
  const join = isCounter(name, kinds) ? (a: number, b: number) => a + b : Math.max;
  const put = (key: string, amount: number) => {
    const before = values.get(key);
    values.set(key, before === undefined ? amount : join(before, amount));
  };
  put(name, value);
  if (name.endsWith('_info')) {
    for (const [label, told] of labels)
      if (/^\d+(?:\.\d+)?$/.test(told) && !JOINED_LABELS.has(label)) put(`${name}{${label}}`, Number(told));
    return;
  }
  const own = labels.filter(([label]) => !JOINED_LABELS.has(label));
  if (own.length > 0) put(`${name}{${own.map(([label, told]) => `${label}="${told}"`).join(',')}}`, value);
}

// Buckets, quantiles and creation times say nothing that the sums and counts do not.
function isDetail({ name, labels }: Series, kinds: ReadonlyMap<string, Kind>): boolean {
  if (name.endsWith('_bucket') && labels.some(([label]) => label === 'le')) return true;
  if (labels.some(([label]) => label === 'quantile')) return true;
  return name.endsWith('_created') && (kinds.get(name) ?? 'gauge') === 'gauge';
}

function isCounter(name: string, kinds: ReadonlyMap<string, Kind>): boolean {
  const base = name.replace(COUNTER_ENDING, '');
  const kind = kinds.get(name) ?? kinds.get(base) ?? 'unknown';
  return kind === 'unknown' ? COUNTER_ENDING.test(name) : kind !== 'gauge';
}
