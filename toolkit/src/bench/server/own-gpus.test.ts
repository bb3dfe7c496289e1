import { expect, it } from 'vitest';
import type { GpuSample } from '../client-protocol.ts';
import { summariseGpu } from './gpu-window.ts';
import { createGpuFilter } from './own-gpus.ts';

/** One GPU at work and its neighbours, which idle or serve others. */
const sample = (atMs: number, count = 8, busy = 3): GpuSample => ({
  atMs,
  gpus: Array.from({ length: count }, (_, index) => ({ index, powerWatt: index === busy ? 700 : 130 })),
});
const window = (samples: readonly GpuSample[]) => summariseGpu(samples, { fromMs: 0, toMs: 2000, outputTokens: 1400 });
const TIMES = [0, 1000, 2000];

it("counts only the server's GPUs, whatever the others of the host do", () => {
  const samples = TIMES.map((atMs) => sample(atMs)).map(createGpuFilter([3], { seesHost: true }));
  expect(window(samples)).toMatchObject({ gpus: 1, meanPowerWatt: 700, joulePerOutputToken: 1, reasons: [] });
});

it('knows them in a container too, where a tool may show all or only these', () => {
  const all = [...TIMES.map((atMs) => sample(atMs)), sample(3000, 1)].map(createGpuFilter([3], { seesHost: false }));
  expect(window(all)).toMatchObject({ gpus: 1, meanPowerWatt: 700 });
  const few = TIMES.map((atMs) => sample(atMs, 2, 0)).map(createGpuFilter([3, 6], { seesHost: false }));
  expect(window(few)).toMatchObject({ gpus: 2, meanPowerWatt: 830 });
});
