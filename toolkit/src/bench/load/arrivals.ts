import type { LoadShape } from '../point.ts';
import { createRandom, drawGamma, type Random } from './random.ts';

type Rate = Extract<LoadShape, { kind: 'rate' }>;
type Ramp = Extract<LoadShape, { kind: 'ramp' }>;

/** Separates this use of a point's seed from the others. */
const ARRIVALS = 1;

/** Requests a load sends in this time, in the mean. */
export function computeArrivalCount(load: Rate | Ramp, durationMs: number): number {
  const perSecond = load.kind === 'rate' ? load.requestsPerSecond : computeMeanRate(load);
  return Math.max(1, Math.floor((perSecond * durationMs) / 1000));
}

/**
 * Milliseconds from the start at which `count` requests are due. As vLLM does it, the gaps are scaled so that the last
 * request is due at exactly count / rate: chance shapes the bursts, not the load.
 */
export function planRateArrivals(load: Rate, count: number, seed: number): Float64Array {
  const drawGap = gapsOf(load, createRandom(seed, ARRIVALS));
  const due = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) due[index] = sum += drawGap();
  const scale = sum === 0 ? 0 : ((count / load.requestsPerSecond) * 1000) / sum;
  return due.map((at) => at * scale);
}

/** Due times of a ramp, evenly spaced in the number of requests: the n-th is due when the rate has added up to n. */
export function planRampArrivals(load: Ramp, count: number): Float64Array {
  const { fromRequestsPerSecond: from, toRequestsPerSecond: to } = load;
  const lengthS = count / computeMeanRate(load);
  const due = new Float64Array(count);
  const slope = (to - from) / lengthS;
  const growth = Math.log(to / from);
  for (let index = 0; index < count; index++) {
    const n = index + 1;
    const linearS = (2 * n) / (from + Math.sqrt(from * from + 2 * slope * n));
    const seconds =
      load.growth === 'linear' || growth === 0
        ? linearS
        : (lengthS / growth) * Math.log1p((n * growth) / (from * lengthS));
    due[index] = seconds * 1000;
  }
  return due;
}

/** Due times of a trace, from its first request on, `speed` times as fast as recorded. @param timestampsMs ascending */
export function planTraceArrivals(timestampsMs: readonly number[], speed: number): Float64Array {
  const first = timestampsMs[0] ?? 0;
  return Float64Array.from(timestampsMs, (at) => (at - first) / speed);
}

function gapsOf({ arrival, burstiness }: Rate, random: Random): () => number {
  if (arrival === 'constant') return () => 1;
  const shape = arrival === 'poisson' ? 1 : burstiness;
  return () => drawGamma(random, shape);
}

function computeMeanRate({ growth, fromRequestsPerSecond: from, toRequestsPerSecond: to }: Ramp): number {
  return growth === 'linear' || from === to ? (from + to) / 2 : (to - from) / Math.log(to / from);
}
