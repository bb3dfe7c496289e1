import { expect, it } from 'vitest';
import { makeEvents, makeRecord, SPEC } from '../../../test/lib/bench-records.ts';
import type { InvalidReason, PointResult } from '../result.ts';
import { summariseRepeat } from '../summary/summarise-repeat.ts';
import { findUnknown } from './thresholds.ts';

const repeat = summariseRepeat(SPEC, makeEvents([makeRecord(0, [10, 20])], 20), { recordsFile: 'r', samplesFile: 's' });
const point = (...each: readonly (readonly InvalidReason[])[]): Pick<PointResult, 'key' | 'repeats'> => ({
  key: 'k',
  repeats: each.map((reasons) => ({ ...repeat, reasons, valid: reasons.length === 0 })),
});

it.each([
  { point: point(['client_cpu'], ['client_cpu']), unknown: 1 },
  { point: point(['client_cpu'], []), unknown: 0 },
  // Too much for the server, whatever else.
  { point: point(['client_cpu', 'too_many_failures']), unknown: 0 },
  { point: point(), unknown: 0 },
])('a load that was never measured leaves a search open: %j', ({ point: { key, repeats }, unknown }) => {
  const identity = { image: null, imageDigest: null, engine: null, engineVersion: null, model: null, backends: {} };
  const whole = {
    key,
    repeats,
    profile: null,
    estimates: {},
    identity: { ...identity, gpu: null, gpuCount: null, driver: null },
  };
  expect(findUnknown({ points: [whole] })).toHaveLength(unknown);
});
