import { createExec } from 'aim-runtime/system';
import { describe, expect, it } from 'vitest';
import { findCorePair, parseCoreList } from './cores.ts';

describe('parseCoreList', () => {
  it.each([
    ['0-2,7', [0, 1, 2, 7]],
    ['4', [4]],
    ['', []],
    ['x,1-', []],
  ])('reads %j', (text, cores) => expect(parseCoreList(text)).toEqual(cores));
});

describe('findCorePair', () => {
  it('finds none without taskset', () => expect(findCorePair(createExec({ PATH: '/nonexistent' }))).toBeNull());

  it('finds two different cores or none', () => {
    const pair = findCorePair(createExec(process.env));
    if (pair !== null) expect(pair.server).not.toBe(pair.client);
  });
});
