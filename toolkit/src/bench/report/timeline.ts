import type { ClientEvent } from '../client-protocol.ts';
import { METRIC_NAMES } from '../../engine/metrics-text.ts';

/** A series over time: seconds since the point began, and values. */
export type Series = readonly (readonly [atS: number, value: number])[];

/** What happened on the server while a point was measured; a series is empty where nothing was reported. */
export interface Timeline {
  readonly running: Series;
  readonly waiting: Series;
  /** Percent of the KV cache. */
  readonly kvCache: Series;
  /** Watt of all GPUs together. */
  readonly power: Series;
}

/** Time lines from a repeat's samples, each of at most `points` points; undefined without any. */
export function computeTimeline(samples: readonly ClientEvent[], points: number): Timeline | undefined {
  const gauge = (names: readonly string[], factor = 1) =>
    samples.flatMap((event): Series => {
      if (event.type !== 'metrics') return [];
      const { atMs, values } = event.sample;
      const value = names.map((name) => values[name]).find((each) => each !== undefined);
      return value === undefined ? [] : [[atMs / 1000, value * factor]];
    });
  const power = samples.flatMap((event): Series => {
    if (event.type !== 'gpu') return [];
    const watts = event.sample.gpus.flatMap(({ powerWatt }) => powerWatt ?? []);
    return watts.length === 0 ? [] : [[event.sample.atMs / 1000, watts.reduce((sum, each) => sum + each, 0)]];
  });
  const timeline = {
    running: thin(gauge(METRIC_NAMES.running), points),
    waiting: thin(gauge(METRIC_NAMES.waiting), points),
    kvCache: thin(gauge(METRIC_NAMES.cacheUse, 100), points),
    power: thin(power, points),
  };
  return Object.values(timeline).every((series) => series.length === 0) ? undefined : timeline;
}

/** At most so many points that the highest and lowest of every stretch of time are among them, in order. */
export function thin(series: Series, points: number): Series {
  if (series.length <= points) return series;
  const buckets = Math.max(1, Math.floor(points / 2));
  return Array.from({ length: buckets }, (_, bucket) => {
    const from = Math.floor((bucket * series.length) / buckets);
    const part = series.slice(from, Math.floor(((bucket + 1) * series.length) / buckets));
    const least = part.reduce((low, each) => (each[1] < low[1] ? each : low));
    const most = part.reduce((high, each) => (each[1] > high[1] ? each : high));
    if (least === most) return [least];
    return least[0] < most[0] ? [least, most] : [most, least];
  }).flat();
}
