import { percentileOf } from '../stats/distribution.ts';
import type { Stall } from '../simulator/stall.ts';
import { compareWithTruth, meanTrueTokenGapMs } from './compare-truth.ts';
import type { Measurement } from './measure.ts';
import { computeStalledLatencies } from './stall-theory.ts';

/** One number beside the one it is held against. */
export interface Figure {
  /** Stable name. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Null: for information. */
  readonly target: number | null;
  /** Whether the target is the most or the least that is allowed. */
  readonly bound: 'at most' | 'at least';
  /** Null without a target. */
  readonly met: boolean | null;
}

/** The requests that figures are made of: those that all start at once, and the last ones, are not. */
function selectSteady({ records, repeat: { corrected } }: Measurement): Measurement['records'] {
  const { windowFromMs, windowToMs } = corrected;
  return records.filter(({ intendedMs }) => intendedMs >= windowFromMs && intendedMs <= windowToMs);
}

interface Reading {
  readonly value: number;
  readonly unit: string;
}

/** Errors against the ground truth, and what an event costs: the medians of an odd number of runs. */
export function computeFlowFigures(runs: readonly Measurement[]): readonly Figure[] {
  const errors = runs.map((run) => compareWithTruth(selectSteady(run), run.truth, run.zeroMs));
  const first = (percent: number) => medianOf(errors.map((error) => percentileOf(error.first, percent)));
  const gap = medianOf(errors.map(({ gaps }) => percentileOf(gaps, 99)));
  const cpu = medianOf(runs.map(({ repeat }) => repeat.client.cpuMicrosecondsPerEvent));
  const unmatched = runs.map(({ records, truth, zeroMs }) => compareWithTruth(records, truth, zeroMs).unmatched);
  return [
    atMost('ttft-error-p50', 'TTFT error, p50', { value: first(50), unit: 'ms', target: 0.2 }),
    atMost('ttft-error-p99', 'TTFT error, p99', { value: first(99), unit: 'ms', target: 1 }),
    atMost('gap-error-p99', 'gap error, p99', { value: gap, unit: 'ms', target: 1 }),
    atMost('cpu-per-event', 'CPU per event', { value: cpu, unit: 'µs', target: 20 }),
    atMost('unmatched', 'requests that disagree', { value: Math.max(...unmatched), unit: '', target: 0 }),
  ];
}

function medianOf(values: readonly number[]): number {
  return percentileOf(
    [...values].sort((a, b) => a - b),
    50,
  );
}

/** The same errors when all frames of an engine's step come at once: for information, no client can do better. */
export function computeStepFigures(measurement: Measurement): readonly Figure[] {
  const { gaps } = compareWithTruth(selectSteady(measurement), measurement.truth, measurement.zeroMs);
  return [note('step-gap-error-p99', 'gap error in step, p99', { value: percentileOf(gaps, 99), unit: 'ms' })];
}

/** p99 of the corrected latency against the theory of a queue before a server that stalls. */
export function computeStallFigures(
  { records, repeat: { corrected } }: Measurement,
  server: { readonly serviceMs: number; readonly stall: Stall },
): readonly Figure[] {
  const intendedMs = records.map((record) => record.intendedMs).sort((a, b) => a - b);
  const theory = computeStalledLatencies(intendedMs, server);
  const { windowFromMs, windowToMs } = corrected;
  const inside = theory.filter((_, at) => {
    const atMs = intendedMs[at] ?? NaN;
    return atMs >= windowFromMs && atMs <= windowToMs;
  });
  const expectedMs = percentileOf(Float64Array.from(inside).sort(), 99);
  const fromSend = percentileOf(Float64Array.from(records, ({ endMs, sentMs }) => endMs - sentMs).sort(), 99);
  const off = (100 * Math.abs(corrected.latency.p99 - expectedMs)) / expectedMs;
  return [
    note('stall-theory-p99', 'latency with a stall of 2 s, p99 in theory', { value: expectedMs, unit: 'ms' }),
    note('stall-corrected-p99', 'the same as measured', { value: corrected.latency.p99, unit: 'ms' }),
    note('stall-from-send-p99', 'the same from the time of sending', { value: fromSend, unit: 'ms' }),
    atMost('stall-error', 'distance to theory', { value: off, unit: '%', target: 5 }),
  ];
}

/** Time per token with four tokens in each frame. */
export function computeTokenFigures({ truth, repeat: { corrected, vllm } }: Measurement): readonly Figure[] {
  const trueMs = meanTrueTokenGapMs(truth);
  const off = (100 * Math.abs(corrected.tokenGap.mean - trueMs)) / trueMs;
  return [
    note('token-gap', 'time per token, 4 tokens per frame', { value: corrected.tokenGap.mean, unit: 'ms' }),
    note('frame-gap', 'time per frame (ITL)', { value: vllm.itl.mean, unit: 'ms' }),
    atMost('token-gap-error', 'distance to the truth', { value: off, unit: '%', target: 2 }),
  ];
}

/** How many frames per second one core can receive before a point is marked invalid. */
export function computeCeilingFigure(eventsPerSecond: number): Figure {
  const target = 50_000;
  const parts = { id: 'ceiling', what: 'valid up to', value: eventsPerSecond, unit: 'events/s' };
  return { ...parts, target, bound: 'at least', met: eventsPerSecond >= target };
}

function atMost(id: string, what: string, { value, unit, target }: Reading & { readonly target: number }): Figure {
  return { id, what, value, unit, target, bound: 'at most', met: value <= target };
}

function note(id: string, what: string, { value, unit }: Reading): Figure {
  return { id, what, value, unit, target: null, bound: 'at most', met: null };
}
