import { describe, expect, it } from 'vitest';
import { accessFailure, answerFailure, connectionFailure, parseProblems, quoteAnswer } from './errors.ts';

const answered = (status: number, body: string) => ({ host: 'ghcr.io', status, body: Buffer.from(body) });
const document = (...errors: object[]) => JSON.stringify({ errors });

describe("the registry's own words", () => {
  it.each([
    [
      403,
      document({ code: 'DENIED', message: 'permission_denied: write_package' }),
      '403 Forbidden: DENIED: permission_denied: write_package',
    ],
    [
      400,
      document({ code: 'A', message: 'x' }, { code: 'A', message: 'x' }, { code: 'B' }),
      '400 Bad Request: A: x; B',
    ],
    [502, '<html><head><style>p{}</style></head><h1>Bad\n Gateway</h1></html>', '502 Bad Gateway: Bad Gateway'],
    [404, '404 page not found\n', '404 Not Found: 404 page not found'],
    [599, '', '599'],
    [500, '{"errors": 7}', '500 Internal Server Error: {"errors": 7}'],
  ])('%i %s', (status, body, expected) => {
    expect(quoteAnswer(answered(status, body))).toBe(expected);
  });

  it('are cut when they are long', () => {
    expect(quoteAnswer(answered(500, 'x'.repeat(5_000))).length).toBeLessThan(400);
  });

  it('are read from whatever is there', () => {
    expect(parseProblems(Buffer.from(document({ code: 1 }, 'x' as unknown as object)))).toEqual([
      { code: '', message: '', detail: undefined },
      { code: '', message: '', detail: undefined },
    ]);
  });
});

describe('failures', () => {
  it('for want of credentials are a matter of the environment', () => {
    expect(accessFailure('push', answered(401, ''), undefined)).toMatchObject({ code: 'environment' });
    expect(accessFailure('push', answered(403, ''), 'GITHUB_TOKEN')).toMatchObject({
      code: 'remote',
      message: 'cannot push: ghcr.io answered 403 Forbidden (credentials: GITHUB_TOKEN)',
    });
  });

  it.each([
    [400, document({ code: 'TAG_INVALID', message: 'tag is immutable' }), /cannot be moved/],
    [404, '', /Check the name/],
    [413, '', /limits the size/],
  ])('of %i have a next step', (status, body, hint) => {
    expect(answerFailure('push', answered(status, body)).hint).toMatch(hint);
  });

  it.each([
    ['ENOTFOUND', 'there is no host ghcr.io'],
    ['ECONNREFUSED', 'nothing answers at ghcr.io'],
    ['ESTALLED', 'ghcr.io stopped answering'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate of ghcr.io is not trusted: why'],
    ['EPROTO', 'ghcr.io does not speak TLS: why'],
    ['EWHATEVER', 'the connection to ghcr.io failed: why'],
  ])('of the connection say what %s means', (code, reason) => {
    const cause = Object.assign(new Error('why'), { code });
    expect(connectionFailure('pull', 'ghcr.io', cause)).toMatchObject({
      code: 'remote',
      message: `cannot pull: ${reason}`,
      cause,
    });
  });
});
