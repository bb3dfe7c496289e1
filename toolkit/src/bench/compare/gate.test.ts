import { describe, expect, it } from 'vitest';
import { createRandom, drawNormal, type Random } from '../load/random.ts';
import { compareSamples } from '../stats/difference.ts';
import { REPEAT_RULE, relativeHalfWidth } from '../stats/repeats.ts';
import { judgeDifferences } from './gate.ts';

const TRIALS = 2_000;

interface Case {
  readonly cv: number;
  /** True mean of the second result over that of the first. */
  readonly ratio: number;
  readonly points?: number;
}

/** One result of one point, measured as the tool measures: repeats until the interval is narrow, or there are enough. */
function measure(random: Random, mean: number, cv: number): readonly number[] {
  const values: number[] = [];
  while (values.length < REPEAT_RULE.most) {
    values.push(mean * (1 + cv * drawNormal(random)));
    if (values.length >= REPEAT_RULE.least && relativeHalfWidth(values) <= REPEAT_RULE.halfWidth) break;
  }
  return values;
}

/** Share of comparisons that call at least one of their points worse. */
function alarmRate({ cv, ratio, points = 1 }: Case, trials = TRIALS): number {
  const random = createRandom(20_260, Math.round(cv * 1e4), Math.round(ratio * 1e4), points);
  let alarms = 0;
  for (let trial = 0; trial < trials; trial++) {
    const tests = Array.from({ length: points }, () => ({
      better: 'higher' as const,
      difference: compareSamples(measure(random, 100, cv), measure(random, 100 * ratio, cv)),
    }));
    if (judgeDifferences(tests).includes('worse')) alarms++;
  }
  return alarms / trials;
}

describe('the regression gate, simulated with its rule for repeats', () => {
  it.each([0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1])('alarms falsely in at most 5 in 100 at CV %d', (cv) => {
    expect(alarmRate({ cv, ratio: 1 })).toBeLessThanOrEqual(0.05);
  });

  it('alarms falsely in at most 5 % over 10 points together', () => {
    expect(alarmRate({ cv: 0.02, ratio: 1, points: 10 }, 500)).toBeLessThanOrEqual(0.05);
  });

  it('sees a drop of 5 % at CV 2 % in at least 90 %', () => {
    expect(alarmRate({ cv: 0.02, ratio: 0.95 })).toBeGreaterThanOrEqual(0.9);
    expect(alarmRate({ cv: 0.02, ratio: 0.95, points: 10 }, 500)).toBeGreaterThanOrEqual(0.9);
  });

  it('takes a gain for no regression', () => {
    expect(alarmRate({ cv: 0.02, ratio: 1.05 })).toBeLessThan(0.001);
  });
});

describe('judgeDifferences', () => {
  const difference = (before: number[], after: number[]) => compareSamples(before, after);

  it('knows which way is worse', () => {
    const down = difference([100, 101, 99], [90, 91, 89]);
    expect(judgeDifferences([{ better: 'higher', difference: down }])).toEqual(['worse']);
    expect(judgeDifferences([{ better: 'lower', difference: down }])).toEqual(['better']);
  });

  it('ignores certain but small changes, and does not judge without repeats', () => {
    const tiny = difference([100, 100.01, 99.99], [99, 99.01, 98.99]);
    expect(judgeDifferences([{ better: 'higher', difference: tiny }])).toEqual(['same']);
    expect(judgeDifferences([{ better: 'higher', difference: undefined }])).toEqual(['unclear']);
  });

  it('asks for more evidence where more is tested', () => {
    const doubtful = difference([100, 104, 98], [92, 96, 90]);
    expect(judgeDifferences([{ better: 'higher', difference: doubtful }])).toEqual(['worse']);
    const same = difference([100, 103, 97], [100, 102, 98]);
    const many = [doubtful, ...Array.from({ length: 20 }, () => same)];
    expect(judgeDifferences(many.map((each) => ({ better: 'higher', difference: each })))[0]).toBe('same');
  });
});
