import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BENCH_CONFIG, parseBenchConfig } from './config.ts';
import { digestContent } from './evidence.ts';
import { judgeType, type JudgedFacts } from './judge.ts';

const { classify } = DEFAULT_BENCH_CONFIG;
const estimate = (mean: number, half = mean * 0.01, n = 3) => ({ mean, low: mean - half, high: mean + half, n });
const GOOD: JudgedFacts = {
  better: 'higher',
  own: estimate(120),
  best: estimate(118),
  general: estimate(100),
  preemptions: 0,
  gate: { passed: true, reasons: [] },
};
const FAILED = { passed: false, reasons: ['right are 0 %'] };
const typeOf = (facts: Partial<JudgedFacts>) => judgeType({ ...GOOD, ...facts }, classify).type;

describe('judgeType', () => {
  it.each<[string, Partial<JudgedFacts>, string]>([
    ['all is well', {}, 'optimized'],
    ['it is the only one', { best: null }, 'optimized'],
    ['the lower end is below 97 % of the best', { best: estimate(124) }, 'preview'],
    ['the lower end is below +10 %', { own: estimate(110.5), best: null }, 'preview'],
    ['the interval is wide', { own: estimate(120, 12) }, 'preview'],
    ['there are two repeats', { own: estimate(120, 1, 2) }, 'preview'],
    ['there is one repeat', { own: { mean: 120, low: null, high: null, n: 1 } }, 'preview'],
    ['requests were preempted', { preemptions: 1 }, 'preview'],
    ['nobody counts preemptions', { preemptions: null }, 'optimized'],
    ['the answers were not checked', { gate: null }, 'preview'],
    ['the answers are wrong, however fast', { own: estimate(1000), gate: FAILED }, 'unoptimized'],
    ['it is no faster', { own: estimate(101) }, 'unoptimized'],
    ['it is slower', { own: estimate(80) }, 'unoptimized'],
    ['the gain is below 5 %', { own: estimate(104, 0.1) }, 'unoptimized'],
    ['the general profile was not measured', { general: null }, 'unoptimized'],
  ])('when %s', (_, facts, type) => {
    expect(typeOf(facts)).toBe(type);
  });

  it('reads lower as better where it is', () => {
    const lower = { better: 'lower', general: estimate(10) } as const;
    expect(typeOf({ ...lower, own: estimate(8), best: estimate(8.1) })).toBe('optimized');
    expect(typeOf({ ...lower, own: estimate(8), best: estimate(7) })).toBe('preview');
    expect(typeOf({ ...lower, own: estimate(12), best: null })).toBe('unoptimized');
  });

  it('never gives a worse type for a better figure', () => {
    const ranks = ['unoptimized', 'preview', 'optimized'];
    const figure = fc.double({ min: 50, max: 200, noNaN: true });
    fc.assert(
      fc.property(figure, figure, figure, (one, two, best) => {
        const [low, high] = [Math.min(one, two), Math.max(one, two)].map((mean) =>
          ranks.indexOf(typeOf({ own: estimate(mean), best: estimate(best) })),
        );
        // A figure below the general one may fall out of its interval, but never becomes more than unoptimized.
        expect(high).toBeGreaterThanOrEqual(low!);
      }),
    );
  });
});

describe('the bench part of the configuration', () => {
  it('changes what it names and keeps the rest', () => {
    const { classify: read, gate } = parseBenchConfig('bench:\n  best-share: 0.9\n  least-correct: 0\n', 'x');
    expect(read).toEqual({ ...classify, bestShare: 0.9 });
    expect(gate.leastCorrect).toBe(0);
    expect(parseBenchConfig('# nothing\n', 'x')).toEqual(DEFAULT_BENCH_CONFIG);
    expect(parseBenchConfig('lint:\n  minimum: error\n', 'x')).toEqual(DEFAULT_BENCH_CONFIG);
  });

  it.each([
    ['bench:\n  best-share: 2\n', 'x:2:3: bench.best-share must be a number from 0 to 1'],
    ['bench:\n  best: 1\n', 'x:2:3: bench.best is not a known key'],
    ['bench:\n  least-repeats: 2.5\n', 'x:2:3: bench.least-repeats must be a whole number'],
    ['bench:\n  constructor: 1\n', 'bench.constructor is not a known key'],
    ['bench: [1]\n', 'bench is no mapping'],
    ['bench: [\n', 'x:'],
  ])('refuses %j', (text, says) => {
    expect(() => parseBenchConfig(text, 'x')).toThrow(
      expect.objectContaining({ code: 'usage', details: [expect.stringContaining(says) as string] }),
    );
  });
});

describe('digestContent', () => {
  const value = { model_id: 'a/b', metadata: { gpu: 'MI300X', type: 'preview' }, engine_args: { 'max-num-seqs': 8 } };
  const changed = (metadata: object, args: object = value.engine_args) => ({ ...value, metadata, engine_args: args });

  it('knows what is served, and not the type', () => {
    expect(digestContent(changed({ type: 'optimized', manual_selection_only: true, gpu: 'MI300X' }))).toBe(
      digestContent(value),
    );
    expect(digestContent(changed({ gpu: 'MI325X' }))).not.toBe(digestContent(value));
    expect(digestContent(changed(value.metadata, { 'max-num-seqs': 9 }))).not.toBe(digestContent(value));
    for (const bad of [null, undefined, {}, { metadata: null }]) expect(digestContent(bad)).toMatch(/^sha256:/);
  });
});
