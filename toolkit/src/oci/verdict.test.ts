import { describe, expect, it } from 'vitest';
import { judgeAnswer, judgeError, parseRetryAfter } from './verdict.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const judge = (status: number, body = '', headers: { retryAfter?: string; contentType?: string } = {}) =>
  judgeAnswer({ status, body, retryAfter: headers.retryAfter, contentType: headers.contentType }, NOW_MS);

describe('an answer', () => {
  it.each([408, 499, 500, 502, 503, 504, 522])('%i may be better the next time', (status) => {
    expect(judge(status)).toEqual({ kind: 'transient' });
  });

  it.each([200, 201, 202, 204, 206, 307, 400, 401, 403, 404, 405, 409, 413, 416, 501, 505])('%i counts', (status) => {
    expect(judge(status)).toEqual({ kind: 'final' });
  });

  it('asks for a pause', () => {
    expect(judge(429)).toEqual({ kind: 'throttled', retryAfterMs: undefined });
    expect(judge(429, '', { retryAfter: '3' })).toEqual({ kind: 'throttled', retryAfterMs: 3_000 });
    expect(judge(503, '', { retryAfter: '1' })).toEqual({ kind: 'throttled', retryAfterMs: 1_000 });
    const text = 'You have exceeded a secondary rate limit. Please wait a few minutes.';
    expect(judge(403, text, { retryAfter: '60' })).toEqual({ kind: 'throttled', retryAfterMs: 60_000 });
    expect(judge(403, '', { retryAfter: '60' })).toEqual({ kind: 'throttled', retryAfterMs: 60_000 });
    expect(judge(403, '{"errors":[{"code":"DENIED"}]}')).toEqual({ kind: 'final' });
  });

  it('of a gateway is not of the registry', () => {
    expect(judge(520, '<html>', { contentType: 'text/html; charset=utf-8' })).toEqual({ kind: 'transient' });
    expect(judge(520, '{}', { contentType: 'application/json' })).toEqual({ kind: 'final' });
    expect(judge(404, '<html>', { contentType: 'text/html' })).toEqual({ kind: 'final' });
  });
});

it.each([
  ['2', 2_000],
  ['0', 0],
  ['1.5', 1_500],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['soon', undefined],
  ['9'.repeat(400), undefined],
  ['-5', undefined],
  [undefined, undefined],
])('Retry-After: %s', (value, expected) => {
  if (value === '-5') expect(parseRetryAfter(value, NOW_MS)).not.toBeLessThan(0);
  else expect(parseRetryAfter(value, NOW_MS)).toBe(expected);
});

describe('an error of the connection', () => {
  const withCode = (code: string) => Object.assign(new Error(code), { code });
  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ESTALLED'])('%s may pass', (code) => {
    expect(judgeError(withCode(code)).kind).toBe('transient');
    expect(judgeError(new Error('wrapped', { cause: withCode(code) })).kind).toBe('transient');
  });
  it.each(['ENOTFOUND', 'ECONNREFUSED', 'CERT_HAS_EXPIRED', 'EPROTO'])('%s stays', (code) => {
    expect(judgeError(withCode(code)).kind).toBe('final');
  });
});
