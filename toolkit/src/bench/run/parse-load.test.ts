import { createHash } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDatasets } from './parse-dataset.ts';
import { parseLoads, parseServiceLevel, parseShare, type LoadWords } from './parse-load.ts';

const words = (parts: Partial<LoadWords>): LoadWords => ({
  ...{ concurrency: undefined, requestRate: undefined, arrival: undefined, burstiness: undefined },
  ...{ ramp: undefined, traceSpeed: undefined, search: false },
  ...parts,
});
const folder = mkdtempSync(join(tmpdir(), 'aim-dataset-'));
const file = join(folder, 'prompts.jsonl');
const text = '{"prompt":"a"}\n';
writeFileSync(file, text);
const digest = createHash('sha256').update(text).digest('hex');
afterAll(() => rmSync(folder, { recursive: true }));

describe('words about the load', () => {
  it.each([
    [{}, [{ kind: 'concurrency', concurrency: 1 }]],
    [
      { concurrency: '1, 8,8' },
      [
        { kind: 'concurrency', concurrency: 1 },
        { kind: 'concurrency', concurrency: 8 },
      ],
    ],
    [
      { requestRate: '2.5', concurrency: '64' },
      [{ kind: 'rate', requestsPerSecond: 2.5, arrival: 'poisson', burstiness: 1, maxConcurrency: 64 }],
    ],
    [
      { requestRate: '1', burstiness: '0.5' },
      [{ kind: 'rate', requestsPerSecond: 1, arrival: 'gamma', burstiness: 0.5 }],
    ],
    [
      { ramp: '1:20:exponential' },
      [{ kind: 'ramp', growth: 'exponential', fromRequestsPerSecond: 1, toRequestsPerSecond: 20 }],
    ],
    [{ traceSpeed: '2' }, [{ kind: 'trace', speed: 2 }]],
    [{ search: true }, { kind: 'concurrency', least: 1, most: 256 }],
    [
      { search: true, requestRate: '0.5,20' },
      { kind: 'rate', least: 0.5, most: 20 },
    ],
  ] as const)('%j', (given, loads) => expect(parseLoads(words(given))).toEqual(loads));

  it.each([
    { concurrency: '0' },
    { concurrency: '1e3' },
    { concurrency: '-1' },
    { concurrency: '' },
    { concurrency: '1,,2' },
    { concurrency: '100001' },
    { requestRate: 'Infinity' },
    { requestRate: 'fast' },
    { requestRate: '0' },
    { arrival: 'poisson' },
    { burstiness: '1' },
    { requestRate: '1', arrival: 'constant', burstiness: '2' },
    { requestRate: '1', concurrency: '1,2' },
    { requestRate: '1', concurrency: '100001' },
    { search: true, concurrency: '1,100001' },
    { ramp: '1' },
    { ramp: '1:2:cubic' },
    { search: true, concurrency: '8' },
    { search: true, concurrency: '8,2' },
    { search: true, concurrency: '1,8', requestRate: '1,2' },
    { search: true, ramp: '1:2' },
  ] as const)('%j is refused', (given) => {
    expect(() => parseLoads(words(given))).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

describe('limits', () => {
  it('are read', () => {
    expect(parseServiceLevel('ttft:500, tpot:30.5,e2el:9000')).toEqual({ ttftMs: 500, tpotMs: 30.5, e2elMs: 9000 });
    expect(parseShare('--require', '0.99')).toBe(0.99);
  });
  it.each(['', 'ttft', 'ttft:', 'ttft:-1', 'ttft:1:2', 'ttft:1,ttft:2', 'itl:5', 'ttft:1ms'])(
    '%j is refused',
    (text) => {
      expect(() => parseServiceLevel(text)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    },
  );
  it.each(['', '1.1', '-0.1', 'all'])('a share of %j is refused', (text) => {
    expect(() => parseShare('--require', text)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

describe('words about the dataset', () => {
  const parse = (dataset: string, inputLength?: string, outputLength?: string) =>
    parseDatasets({ dataset, inputLength, outputLength });
  it('name datasets, one for each pair of lengths', () => {
    expect(parse('random')).toEqual([{ kind: 'random', inputLength: 1024, outputLength: 128, rangeRatio: 0 }]);
    expect(parse('random:0.5', '8,16', '4')).toEqual([
      { kind: 'random', inputLength: 8, outputLength: 4, rangeRatio: 0.5 },
      { kind: 'random', inputLength: 16, outputLength: 4, rangeRatio: 0.5 },
    ]);
    expect(parse('random', '131072,1048576', '1')).toMatchObject([
      { inputLength: 131_072 },
      { inputLength: 1_048_576 },
    ]);
    expect(parse('shared-prefix:200000', '8', '4')).toMatchObject([{ prefixLength: 200_000 }]);
    expect(parse('shared-prefix:100,4', '8', '4')).toMatchObject([{ prefixLength: 100, prefixes: 4, inputLength: 8 }]);
    expect(parse('multi-turn:3,0', '8', '4')).toMatchObject([{ turns: 3, thinkTimeMs: 0 }]);
    expect(parse(`jsonl:${file}`)).toEqual([{ kind: 'jsonl', path: file, digest }]);
    expect(parse(file, undefined, '7')).toEqual([{ kind: 'jsonl', path: file, digest, outputLength: 7 }]);
  });
  it.each<readonly [string, string?, string?]>([
    ['other'],
    ['random:2'],
    ['random', '0'],
    ['random', '10000001'],
    ['random', '1,2', '1,2,3'],
    ['shared-prefix'],
    ['shared-prefix:1,2,3'],
    ['multi-turn:x'],
    ['jsonl:'],
    ['jsonl:/none/such.jsonl'],
    [`jsonl:${folder}`],
    [`jsonl:${file}`, '8'],
  ])('%j %j %j is refused', (dataset = '', input, output) => {
    expect(() => parse(dataset, input, output)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
