import type { GpuSample } from '../client-protocol.ts';
import type { GpuWindow } from '../result.ts';

/** Longest pause between two readings of power that is bridged by a straight line. */
export const MAX_GAP_MS = 3_000;
/** How far integrated power may be off the energy the GPU itself counted. */
export const ENERGY_TOLERANCE = 0.05;

export interface GpuWindowRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Tokens generated in this time; null when unknown. */
  readonly outputTokens: number | null;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
}

/**
 * Power, energy and memory of all GPUs between two moments; null when nothing was read. Power is integrated per GPU by
 * trapezoids with interpolated ends. `powerValid` is false with reasons: `no_power`, `window_not_covered`, `gap`,
 * `gpu_missing`, `energy_disagrees`; energy and mean power (of all GPUs together) are then the best guess, or null.
 */
export function summariseGpu(samples: readonly GpuSample[], request: GpuWindowRequest): GpuWindow | null {
  const { fromMs, toMs, outputTokens } = request;
  const ordered = samples.toSorted((a, b) => a.atMs - b.atMs);
  const indices = [...new Set(ordered.flatMap(({ gpus }) => gpus.map(({ index }) => index)))];
  if (indices.length === 0 || toMs <= fromMs) return null;
  const readings = indices.map((index) => integrateGpu(ordered, { index, fromMs, toMs }));
  const reasons = [...new Set(readings.flatMap((reading) => reading.reasons))].sort();
  const energies = readings.map(({ energyJoule }) => energyJoule).filter((energy) => energy !== undefined);
  const energyJoule = energies.length < indices.length ? null : energies.reduce((sum, each) => sum + each, 0);
  const vram = ordered
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .flatMap(({ gpus }) => gpus.flatMap(({ vramUsedBytes }) => vramUsedBytes ?? []));
  return {
    gpus: indices.length,
    energyJoule,
    meanPowerWatt: energyJoule === null ? null : energyJoule / ((toMs - fromMs) / 1000),
    maxVramBytes: vram.length === 0 ? null : Math.max(...vram),
    joulePerOutputToken: energyJoule === null || !outputTokens ? null : energyJoule / outputTokens,
    powerValid: reasons.length === 0,
    reasons,
  };
}

interface GpuInterval {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
}

interface GpuEnergy {
  readonly energyJoule: number | undefined;
  readonly reasons: readonly string[];
}

function integrateGpu(samples: readonly GpuSample[], interval: GpuInterval): GpuEnergy {
  const { fromMs, toMs } = interval;
  const power = seriesOf(samples, interval.index, 'powerWatt');
  const reasons: string[] = [];
  if (power.length < 2) return { energyJoule: undefined, reasons: ['no_power'] };
  const inside = clip(power, fromMs, toMs);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || first === last)
    return { energyJoule: undefined, reasons: ['window_not_covered'] };
  if (first.atMs > fromMs || last.atMs < toMs) reasons.push('window_not_covered');
  if (hasGap(power, fromMs, toMs)) reasons.push('gap');
  if (samples.some(({ atMs, gpus }) => isInside(atMs, interval) && !gpus.some(({ index }) => index === interval.index)))
    reasons.push('gpu_missing');
  // What is missing at the ends is taken to have gone on as it was.
  const covered = trapezoids(inside);
  const energyJoule = covered * ((toMs - fromMs) / (last.atMs - first.atMs));
  const counted = countedEnergy(seriesOf(samples, interval.index, 'energyJoule'), fromMs, toMs);
  if (counted !== undefined && Math.abs(energyJoule - counted) > ENERGY_TOLERANCE * counted)
    reasons.push('energy_disagrees');
  return { energyJoule, reasons };
}

function seriesOf(samples: readonly GpuSample[], index: number, name: 'powerWatt' | 'energyJoule'): readonly Point[] {
  return samples.flatMap(({ atMs, gpus }) => {
    const value = gpus.find((gpu) => gpu.index === index)?.[name];
    return value === undefined ? [] : [{ atMs, value }];
  });
}

/** The series between two moments, with interpolated points at both where it goes beyond them. */
function clip(series: readonly Point[], fromMs: number, toMs: number): readonly Point[] {
  const inner = series.filter(({ atMs }) => atMs > fromMs && atMs < toMs);
  return [...interpolate(series, fromMs), ...inner, ...interpolate(series, toMs)];
}

function interpolate(series: readonly Point[], atMs: number): readonly Point[] {
  const before = series.findLast((point) => point.atMs <= atMs);
  const after = series.find((point) => point.atMs >= atMs);
  if (before === undefined || after === undefined) return [];
  const width = after.atMs - before.atMs;
  const value =
    width === 0 ? before.value : before.value + ((after.value - before.value) * (atMs - before.atMs)) / width;
  return [{ atMs, value }];
}

function trapezoids(series: readonly Point[]): number {
  return series.slice(1).reduce((sum, point, at) => {
    const before = series[at] ?? point;
    return sum + (((before.value + point.value) / 2) * (point.atMs - before.atMs)) / 1000;
  }, 0);
}

function hasGap(series: readonly Point[], fromMs: number, toMs: number): boolean {
  return series.slice(1).some((point, at) => {
    const before = series[at] ?? point;
    return point.atMs - before.atMs > MAX_GAP_MS && point.atMs > fromMs && before.atMs < toMs;
  });
}

// Undefined where the counter does not span the window, did not move (it counts in steps), or began anew.
function countedEnergy(series: readonly Point[], fromMs: number, toMs: number): number | undefined {
  const [start] = interpolate(series, fromMs);
  const [end] = interpolate(series, toMs);
  if (start === undefined || end === undefined || end.value <= start.value) return undefined;
  return end.value - start.value;
}

function isInside(atMs: number, { fromMs, toMs }: GpuInterval): boolean {
  return atMs >= fromMs && atMs <= toMs;
}
