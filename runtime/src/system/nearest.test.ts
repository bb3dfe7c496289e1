import { expect, it } from 'vitest';
import { nearest, nearestNames } from './nearest.ts';

const names = [
  'max-model-len',
  'max-num-seqs',
  'tensor-parallel-size',
  'seed',
  'dtype',
  'tp-size',
  'pp-size',
  'dp-size',
];

it.each([
  ['max-modl-len', ['max-model-len']],
  ['MAX-NUM-SEQ', ['max-num-seqs']],
  ['tensor-parallel', ['tensor-parallel-size']],
  ['sp-size', ['dp-size', 'pp-size', 'tp-size']],
  ['rope-scaling', []],
  ['x', []],
])('%s: %j', (name, expected) => {
  expect(nearestNames(name, names)).toEqual(expected);
});

it('puts the nearer name first and gives no more than asked for', () => {
  expect(nearestNames('abcd', ['abxx', 'abcd-efg', 'abcx'], 2)).toEqual(['abcx', 'abxx']);
});

it.each([
  ['MI300', 'MI300A'],
  ['mi325x', 'MI325X'],
  ['fp61', 'fp16'],
  ['latncy', 'latency'],
  ['throughputs', 'throughput'],
])('nearest: %s means %s', (word, meant) => {
  expect(nearest(word, ['MI100', 'MI300A', 'MI300X', 'MI325X', 'fp16', 'fp8', 'latency', 'throughput'])).toBe(meant);
});

it('nearest: gives up when nothing is close', () => {
  expect(nearest('abc', ['throughput', 'xyz'])).toBeUndefined();
  expect(nearest('word', [])).toBeUndefined();
});
