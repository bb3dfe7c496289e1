import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

describe('challenges', () => {
  it.each([
    ['', []],
    ['Basic', [{ scheme: 'basic', params: {} }]],
    ['Basic realm="Registry Realm"', [{ scheme: 'basic', params: { realm: 'Registry Realm' } }]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          params: {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    [
      'BEARER Realm = "x" , error=insufficient_scope, Basic realm="a \\"b\\", c"',
      [
        { scheme: 'bearer', params: { realm: 'x', error: 'insufficient_scope' } },
        { scheme: 'basic', params: { realm: 'a "b", c' } },
      ],
    ],
    ['Bearer realm="first",realm="second"', [{ scheme: 'bearer', params: { realm: 'first' } }]],
  ])('%s', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  it('are read from any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(parseChallenges(text))).toBe(true);
      }),
    );
    // A quote that is never closed does not take forever.
    expect(parseChallenges(`Bearer realm="${'\\a'.repeat(50_000)}`)[0]).toEqual({ scheme: 'bearer', params: {} });
  });

  it('give quoted values back as they were', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const quoted = value.replaceAll(/["\\]/g, '\\$&');
        const [challenge] = parseChallenges(`Bearer realm="${quoted}", service=s`);
        fc.pre(!/[\n\r\u2028\u2029]/.test(value));
        expect(challenge?.params).toEqual({ realm: value, service: 's' });
      }),
    );
  });
});
