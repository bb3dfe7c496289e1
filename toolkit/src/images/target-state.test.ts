import { expect, it } from 'vitest';
import { selectNewest } from './target-state.ts';

it.each([
  [[], undefined],
  [['0.9.0', '0.10.0', '0.9.12'], '0.10.0'],
  [['latest', '0.9.0', 'zzz'], '0.9.0'],
  [['a', 'b'], 'b'],
])('of %j the newest is %s', (tags, newest) => {
  expect(selectNewest(tags)).toBe(newest);
});
