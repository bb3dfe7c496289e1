import { describe, expect, it } from 'vitest';
import { createRandom } from '../load/random.ts';
import { drawMs, parseDistribution } from './distribution.ts';

describe('parseDistribution', () => {
  it.each([
    ['12.5', { kind: 'constant', ms: 12.5 }],
    ['uniform:5:10', { kind: 'uniform', fromMs: 5, toMs: 10 }],
    ['normal:10:2', { kind: 'normal', meanMs: 10, deviationMs: 2 }],
    ['exponential:30', { kind: 'exponential', meanMs: 30 }],
    ['lognormal:30:1.5', { kind: 'lognormal', medianMs: 30, spread: 1.5 }],
  ])('reads %s', (text, distribution) => expect(parseDistribution(text)).toEqual(distribution));

  it.each([
    '',
    'soon',
    '-1',
    '1e3',
    'uniform:5',
    'uniform:10:5',
    'normal:1',
    'lognormal:5:0.5',
    'uniform:1:2:3',
    'exponential:1:2',
  ])('refuses %j', (text) => expect(parseDistribution(text)).toBeUndefined());
});

describe('drawMs', () => {
  const DRAWS = 20_000;
  const draws = (text: string) => {
    const random = createRandom(7);
    const distribution = parseDistribution(text)!;
    return Array.from({ length: DRAWS }, () => drawMs(distribution, random)).sort((a, b) => a - b);
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([
    ['constant', '20', 20],
    ['uniform', 'uniform:10:30', 20],
    ['normal', 'normal:20:3', 20],
    ['exponential', 'exponential:20', 20],
  ])('has the mean of the %s distribution', (_, text, expected) => {
    expect(Math.abs(mean(draws(text)) - expected)).toBeLessThan(0.5);
  });

  it('has the median and the spread of the lognormal distribution', () => {
    const sorted = draws('lognormal:20:2');
    expect(sorted[DRAWS / 2]).toBeCloseTo(20, -0.5);
    // One standard deviation up is the 84.13th percentile.
    expect(Math.abs(sorted[Math.round(DRAWS * 0.8413)]! - 40)).toBeLessThan(2);
  });

  it('never draws a negative duration', () => expect(draws('normal:1:5')[0]).toBe(0));
});
