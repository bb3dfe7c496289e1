import { describe, expect, it } from 'vitest';
import { HEALTH, makeEvents, makeRecord, SPEC } from '../../../test/lib/bench-records.ts';
import { summariseRepeat } from '../summary/summarise-repeat.ts';
import { planNextRepeat } from './repeats.ts';

/** A repeat of a closed loop of 2 whose requests take this long. */
function repeatOf(latencyMs: number, { valid = true } = {}) {
  const records = Array.from({ length: 40 }, (_, index) => {
    const sentMs = Math.floor(index / 2) * latencyMs;
    return makeRecord(sentMs, [sentMs + latencyMs / 2, sentMs + latencyMs], { index });
  });
  const health = valid ? HEALTH : { ...HEALTH, threadCpuMax: 1 };
  return summariseRepeat(SPEC, makeEvents(records, 20 * latencyMs, { health }), { recordsFile: 'r', samplesFile: 's' });
}

describe('planNextRepeat', () => {
  it('asks for three, and for no more where they agree', () => {
    expect(planNextRepeat([]).again).toBe(true);
    expect(planNextRepeat([repeatOf(100), repeatOf(101)]).again).toBe(true);
    expect(planNextRepeat([repeatOf(100), repeatOf(101), repeatOf(100.5)])).toMatchObject({ again: false });
  });

  it('goes on while the interval is wide, up to seven', () => {
    // A deviation of 2 % of three repeats: 4.303 × 2 % / √3 is 5 %.
    const three = [98, 100, 102].map((each) => repeatOf(each));
    expect(planNextRepeat(three)).toEqual({ again: true, reason: 'output is known to ±5.0 %, 3.0 % wanted' });
    const wild = [60, 100, 140, 60, 100, 140].map((each) => repeatOf(each));
    expect(planNextRepeat(wild).again).toBe(true);
    expect(planNextRepeat([...wild, repeatOf(100)])).toEqual({ again: false, reason: '7 repeats are the most' });
  });

  it('counts invalid repeats towards the most only', () => {
    const invalid = Array.from({ length: 4 }, () => repeatOf(100, { valid: false }));
    expect(planNextRepeat(invalid)).toEqual({ again: true, reason: '0 of 3 valid repeats' });
    expect(planNextRepeat([...invalid, ...invalid]).again).toBe(false);
    expect(planNextRepeat([repeatOf(1), ...invalid, repeatOf(1), repeatOf(1)]).again).toBe(false);
  });

  it('follows other rules where they are given', () => {
    expect(planNextRepeat([repeatOf(100)], { least: 1, most: 1 }).again).toBe(false);
    const three = [98, 100, 102].map((each) => repeatOf(each));
    expect(planNextRepeat(three, { halfWidth: 0.06 }).again).toBe(false);
  });
});
