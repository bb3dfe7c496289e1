import { describe, expect, it } from 'vitest';
import { AimError } from '../system/errors.ts';
import { RetryableError } from './remote.ts';
import { isPermanent, parseRetryAfter, waitMs, withRetries, PATIENCE } from './retry.ts';

const quick = { attempts: 3, firstWaitMs: 1, longestWaitMs: 2, stallMs: 1000 };
const { signal } = new AbortController();

describe('withRetries', () => {
  it('repeats what may pass', async () => {
    let calls = 0;
    const attempt = () => (++calls < 3 ? Promise.reject(new Error('reset')) : Promise.resolve('done'));
    expect(await withRetries(attempt, { what: 'it', patience: quick, signal })).toBe('done');
  });

  it('gives up in the end, with the last reason', async () => {
    const attempt = () => Promise.reject(new Error('reset'));
    const thrown = withRetries(attempt, { what: 'the listing', patience: quick, signal });
    await expect(thrown).rejects.toMatchObject({
      code: 'network',
      message: 'the listing failed 3 times in a row: reset',
    });
  });

  it('does not repeat what cannot pass', async () => {
    let calls = 0;
    const attempt = () => {
      calls++;
      return Promise.reject(new AimError('auth', { message: 'gated' }));
    };
    await expect(withRetries(attempt, { what: 'it', patience: quick, signal })).rejects.toThrow('gated');
    expect(calls).toBe(1);
  });
});

it.each([
  [Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }), true],
  [Object.assign(new Error('reset'), { code: 'ECONNRESET', syscall: 'read' }), false],
  [Object.assign(new Error('proxy'), { code: 'EACCES' }), false],
  [new RetryableError('503'), false],
])('%s', (error, permanent) => {
  expect(isPermanent(error)).toBe(permanent);
});

it('waits as long as the server asks, else longer each time but never too long', () => {
  expect(waitMs(new RetryableError('429', 1500), 1, PATIENCE)).toBe(1500);
  expect(waitMs(new RetryableError('429', 1e12), 1, PATIENCE)).toBe(300_000);
  for (const [failures, full] of [
    [1, 500],
    [2, 1000],
    [4, 4000],
    [30, 30_000],
  ] as const) {
    const wait = waitMs(new Error('x'), failures, PATIENCE);
    expect(wait).toBeGreaterThanOrEqual(full / 2);
    expect(wait).toBeLessThanOrEqual(full);
  }
});

it.each([
  [undefined, undefined],
  ['3', 3000],
  ['0.5', 500],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After %s', (value, expected) => {
  expect(parseRetryAfter(value, 1000)).toBe(expected);
});
