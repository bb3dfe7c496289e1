import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuSample } from '../client-protocol.ts';
import { summariseGpu } from './gpu-window.ts';

const sample = (atMs: number, ...powers: number[]): GpuSample => ({
  atMs,
  gpus: powers.map((powerWatt, index) => ({ index, powerWatt })),
});
const window = (samples: readonly GpuSample[], fromMs: number, toMs: number, outputTokens: number | null = null) =>
  summariseGpu(samples, { fromMs, toMs, outputTokens });

describe('summariseGpu', () => {
  it('integrates by trapezoids with interpolated ends, over all GPUs', () => {
    const samples = [sample(0, 100, 50), sample(1000, 200, 50), sample(2000, 400, 50)];
    // GPU 0 from 0.5 s (150 W) to 1.5 s (300 W): 87.5 J + 125 J; GPU 1: 50 J.
    expect(window(samples, 500, 1500, 100)).toEqual({
      gpus: 2,
      energyJoule: 262.5,
      meanPowerWatt: 262.5,
      maxVramBytes: null,
      joulePerOutputToken: 2.625,
      powerValid: true,
      reasons: [],
    });
  });

  it('gives the exact energy of power that changes linearly, wherever it was sampled', () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 9_999 }), { minLength: 8, maxLength: 60 });
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 0, max: 900 }),
        fc.double({ min: -0.02, max: 0.05, noNaN: true }),
        (at, base, slope) => {
          const power = (ms: number) => base + 300 + slope * ms;
          const samples = [0, ...at, 10_000].map((ms) => sample(ms, power(ms)));
          expect(window(samples, 2_000, 7_000)?.energyJoule).toBeCloseTo((5 * (power(2_000) + power(7_000))) / 2, 5);
        },
      ),
    );
  });

  it('says what is wrong with it', () => {
    const steady = [0, 1, 2, 3, 4, 5, 6].map((at) => sample(at * 1000, 100));
    expect(window(steady, 1000, 5000)?.reasons).toEqual([]);
    expect(window(steady, 1000, 8000)?.reasons).toEqual(['window_not_covered']);
    expect(
      window(
        steady.filter((_, at) => at < 2 || at > 4),
        500,
        5500,
      )?.reasons,
    ).toEqual(['gap']);
    expect(
      window(
        [
          { atMs: 0, gpus: [{ index: 0 }] },
          { atMs: 9, gpus: [{ index: 0 }] },
        ],
        0,
        9,
      ),
    ).toMatchObject({
      energyJoule: null,
      meanPowerWatt: null,
      powerValid: false,
      reasons: ['no_power'],
    });
    const lost = [sample(0, 100, 100), sample(1000, 100), sample(2000, 100, 100)];
    expect(window(lost, 0, 2000)?.reasons).toEqual(['gpu_missing']);
  });

  it("is checked against the GPU's own energy counter", () => {
    const counted = (factor: number) =>
      [0, 1, 2, 3].map((at) => ({
        atMs: at * 1000,
        gpus: [{ index: 0, powerWatt: 100, energyJoule: 5000 + at * 100 * factor }],
      }));
    expect(window(counted(1.04), 500, 2500)).toMatchObject({ powerValid: true, energyJoule: 200 });
    expect(window(counted(1.2), 500, 2500)).toMatchObject({ powerValid: false, reasons: ['energy_disagrees'] });
    expect(window(counted(-1), 500, 2500)).toMatchObject({ powerValid: true }); // a counter that began anew says nothing
  });

  it('is null without readings, and shows the most memory of one GPU', () => {
    expect(window([], 0, 1000)).toBeNull();
    const gpus = (bytes: number) => [{ index: 0, powerWatt: 1, vramUsedBytes: bytes }];
    const samples = [10, 30, 20].map((bytes, at) => ({ atMs: at * 100, gpus: gpus(bytes) }));
    expect(window(samples, 0, 200)?.maxVramBytes).toBe(30);
  });
});
