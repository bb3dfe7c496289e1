import { describe, expect, it } from 'vitest';
import { createRandom, drawNormal, type Random } from '../load/random.ts';
import { compareSamples } from '../stats/difference.ts';
import { compareTogether } from '../stats/pooled.ts';
import { meanOf, squaresOf } from '../stats/distribution.ts';
import { REPEAT_RULE, relativeHalfWidth } from '../stats/repeats.ts';
import { studentQuantile } from '../stats/student.ts';
import { judgeDifferences } from './gate.ts';

const TRIALS = 2_000;
/** For comparisons of many points. */
const MANY = 1_000;

/** A point whose repeats vary by `cv`; `ratio` is its true mean in the second result over that in the first. */
interface Point {
  readonly cv: number;
  readonly ratio: number;
}

const alike = (points: number, cv: number, ratio = 1): Point[] => Array.from({ length: points }, () => ({ cv, ratio }));
const mixed = (...cvs: readonly number[]): Point[] => cvs.flatMap((cv) => alike(1, cv));
/** The first point got slower. */
const withDrop = ([first, ...rest]: readonly Point[], ratio = 0.95): Point[] => [
  { cv: first?.cv ?? 0, ratio },
  ...rest,
];

const QUANTILES = Array.from({ length: REPEAT_RULE.most + 1 }, (_, n) => (n < 2 ? 0 : studentQuantile(0.025, n - 1)));

/** `relativeHalfWidth` with its quantiles from a table: a simulation asks for it a million times. */
function halfWidthOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance = squaresOf(values, mean) / (values.length - 1) / values.length;
  return ((QUANTILES[values.length] ?? 0) * Math.sqrt(variance)) / mean;
}

/** One result of one point, measured as the tool measures: repeats until the interval is narrow, or there are enough. */
function measure(random: Random, { mean, cv, least }: { mean: number; cv: number; least: number }): readonly number[] {
  const values: number[] = [];
  while (values.length < REPEAT_RULE.most) {
    values.push(mean * (1 + cv * drawNormal(random)));
    if (values.length >= least && halfWidthOf(values) <= REPEAT_RULE.halfWidth) break;
  }
  return values;
}

/** Share of comparisons in which a point is called worse: any of those that got slower, or of all where none did. */
function alarmRate(
  points: readonly Point[],
  { trials = TRIALS, least = REPEAT_RULE.least }: { readonly trials?: number; readonly least?: number } = {},
): number {
  const random = createRandom(20_260, points.length, ...points.map(({ cv, ratio }) => Math.round(cv * ratio * 1e6)));
  const isAnySlower = points.some(({ ratio }) => ratio < 1);
  let alarms = 0;
  for (let trial = 0; trial < trials; trial++) {
    const pairs = points.map(({ cv, ratio }) => ({
      before: measure(random, { mean: 100, cv, least }),
      after: measure(random, { mean: 100 * ratio, cv, least }),
    }));
    const tests = compareTogether(pairs).map((difference) => ({ better: 'higher' as const, difference }));
    const isAlarm = judgeDifferences(tests).some(
      (verdict, at) => verdict === 'worse' && (!isAnySlower || (points[at]?.ratio ?? 1) < 1),
    );
    if (isAlarm) alarms++;
  }
  return alarms / trials;
}

describe('the regression gate, simulated with its rule for repeats', () => {
  const cvs = [0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1];

  it('measures as the tool does', () => {
    for (const values of [
      [98, 100, 102],
      [1, 2],
      [5, 5, 5, 5],
    ]) {
      expect(halfWidthOf(values)).toBeCloseTo(relativeHalfWidth(values), 12);
    }
  });

  it.each(cvs)('alarms falsely in at most 5 in 100 at CV %d', (cv) => {
    expect(alarmRate(alike(1, cv))).toBeLessThanOrEqual(0.05);
  });

  it.each(cvs)('alarms falsely in at most 5 % over 10 points together at CV %d', (cv) => {
    expect(alarmRate(alike(10, cv), { trials: MANY })).toBeLessThanOrEqual(0.05);
  });

  it.each([
    ['0.5 and 4', mixed(0.005, 0.04)],
    ['1, 1 and 2', mixed(0.01, 0.01, 0.02)],
    ['1, 1 and 3', mixed(0.01, 0.01, 0.03)],
    ['0.5 to 4 in 10 steps', mixed(...Array.from({ length: 10 }, (_, at) => 0.005 * 8 ** (at / 9)))],
    ['0.5 five times and 4 five times', [...alike(5, 0.005), ...alike(5, 0.04)]],
    ['1 five times and 2 five times', [...alike(5, 0.01), ...alike(5, 0.02)]],
    ['1 nine times and 3', [...alike(9, 0.01), ...alike(1, 0.03)]],
    ['0.5 nine times and 4', [...alike(9, 0.005), ...alike(1, 0.04)]],
    ['4 nine times and 0.5', [...alike(9, 0.04), ...alike(1, 0.005)]],
    ['1 nineteen times and 2', [...alike(19, 0.01), ...alike(1, 0.02)]],
  ])('alarms falsely in at most 5 % where points differ in noise: CV in percent %s', (_cvs, points) => {
    expect(alarmRate(points, { trials: MANY })).toBeLessThanOrEqual(0.05);
  });

  it('sees a drop of 5 % at CV 2 % in at least 90 %', () => {
    expect(alarmRate(alike(1, 0.02, 0.95))).toBeGreaterThanOrEqual(0.9);
    expect(alarmRate(alike(10, 0.02, 0.95), { trials: MANY })).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    [3, 0.95, 0.82],
    [6, 0.95, 0.77],
    [10, 0.95, 0.71],
    [10, 0.94, 0.88],
    [10, 0.93, 0.95],
  ])('sees one of %i points drop to %d of what it was at CV 2 %, in a share of %d', (points, ratio, least) => {
    expect(alarmRate(withDrop(alike(points, 0.02), ratio), { trials: MANY })).toBeGreaterThanOrEqual(least);
  });

  it('sees one of 10 points drop by 5 % at CV 1 %, and with 7 repeats of each at CV 2 %', () => {
    expect(alarmRate(withDrop(alike(10, 0.01)), { trials: MANY })).toBeGreaterThanOrEqual(0.99);
    expect(alarmRate(withDrop(alike(10, 0.02)), { trials: MANY, least: 7 })).toBeGreaterThanOrEqual(0.95);
  });

  it('sees a quiet point drop by 5 % beside noisy ones', () => {
    expect(alarmRate(withDrop([...alike(5, 0.005), ...alike(5, 0.04)]), { trials: MANY })).toBeGreaterThanOrEqual(0.98);
  });

  it('takes a gain for no regression', () => {
    expect(alarmRate(alike(1, 0.02, 1.05))).toBeLessThan(0.001);
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
