import { expect, it } from 'vitest';
import { computeMode, countPartitions, partitionsOfMode } from './partitions.ts';

it('takes the fullest card of each device for the number of partitions', () => {
  const cards = ['a', 'a', 'a', 'b', 'b'].map((card) => ({ card, deviceId: '74a1' }));
  const counts = countPartitions([...cards, { card: 'c', deviceId: '744c' }]);
  expect([...counts]).toEqual([
    ['74a1', 3],
    ['744c', 1],
  ]);
});

it.each([
  [1, 8, undefined],
  [2, 4, 'DPX'],
  [3, 2, 'TPX'],
  [4, 2, 'QPX'],
  [4, 1, 'CPX'],
  [8, undefined, 'CPX'],
])('%i partitions of %s dies are %s', (count, xccCount, mode) => {
  expect(computeMode(count, xccCount)).toBe(mode);
});

it('CPX alone does not tell how many partitions a card has', () => {
  expect([partitionsOfMode('SPX'), partitionsOfMode('QPX'), partitionsOfMode('CPX')]).toEqual([1, 4, undefined]);
});
