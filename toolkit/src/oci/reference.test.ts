import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findReference,
  formatManifest,
  formatReference,
  isSameRepository,
  parseReference,
  tagOrDigest,
} from './reference.ts';

const SHA = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('references', () => {
  it.each([
    ['debian', 'docker.io', 'library/debian', undefined, undefined],
    ['rocm/vllm:rocm7.0.0_vllm', 'docker.io', 'rocm/vllm', 'rocm7.0.0_vllm', undefined],
    ['docker.io/debian:13', 'docker.io', 'library/debian', '13', undefined],
    ['index.docker.io/a/b', 'docker.io', 'a/b', undefined, undefined],
    ['localhost/a', 'localhost', 'a', undefined, undefined],
    ['localhost:5000/a/b/c:1', 'localhost:5000', 'a/b/c', '1', undefined],
    ['[::1]:5000/a', '[::1]:5000', 'a', undefined, undefined],
    [`ghcr.io/org/a:1@${SHA}`, 'ghcr.io', 'org/a', '1', SHA],
    [`a@${SHA}`, 'docker.io', 'library/a', undefined, SHA],
    ['Registry/a', 'Registry', 'a', undefined, undefined],
    ['reg.example/a__b/c--d.e', 'reg.example', 'a__b/c--d.e', undefined, undefined],
  ])('%s', (text, host, name, tag, digest) => {
    expect(parseReference(text)).toEqual({ host, name, tag, digest, text });
  });

  it.each([
    '',
    'Upper',
    'a:b:c',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a@',
    'a b',
    '-a',
    'a\nRUN x',
    'a_-b',
    'https://ghcr.io/a',
    'ghcr.io:99999/a',
    'ghcr.io:0/a',
    'user@host/a',
    'a@sha256:12',
    `a@${SHA.toUpperCase()}`,
    `a@${SHA}@${SHA}`,
    `a:${'x'.repeat(129)}`,
    'a'.repeat(256),
    '..:5000/a',
    'ghcr.io/../a',
  ])('"%s" is none', (text) => {
    expect(findReference(text)).toBeUndefined();
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
  const host = fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', '127.0.0.1:443', '[::1]:80');
  const parts = fc.record({
    host,
    name: fc.array(component, { minLength: 2, maxLength: 4 }).map((all) => all.join('/')),
    tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
    digest: fc.option(fc.constant(SHA), { nil: undefined }),
  });

  it('survive being formatted and parsed', () => {
    fc.assert(
      fc.property(parts, (reference) => {
        const text = formatReference(reference);
        expect(parseReference(text)).toEqual({ ...reference, text });
      }),
    );
  });

  it('keep their parts to themselves, whatever is typed', () => {
    const anything = fc.oneof(fc.string(), parts.map(formatReference), fc.stringMatching(/^[a-zA-Z0-9.:/@_-]{1,40}$/));
    fc.assert(
      fc.property(anything, fc.string({ maxLength: 3 }), fc.nat(), (text, noise, at) => {
        const place = at % (text.length + 1);
        const reference = findReference(text.slice(0, place) + noise + text.slice(place));
        if (reference === undefined) return;
        // Whatever is accepted can stand in a URL's path as it is, and means the same when it is written in full.
        const path = `/v2/${reference.name}/manifests/${tagOrDigest(reference)}`;
        expect(new URL(path, 'http://host').pathname).toBe(path);
        expect(new URL(`http://${reference.host}/`).pathname).toBe('/');
        expect(parseReference(formatReference(reference))).toMatchObject({
          ...reference,
          text: expect.any(String) as string,
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('name what a registry is asked for', () => {
    expect(tagOrDigest(parseReference('a'))).toBe('latest');
    expect(tagOrDigest(parseReference('a:1'))).toBe('1');
    expect(tagOrDigest(parseReference(`a:1@${SHA}`))).toBe(SHA);
    const repository = parseReference('ghcr.io/a/b:1');
    expect(formatManifest(repository, '2')).toBe('ghcr.io/a/b:2');
    expect(formatManifest(repository, SHA)).toBe(`ghcr.io/a/b@${SHA}`);
    expect(isSameRepository(repository, parseReference('ghcr.io/a/b@' + SHA))).toBe(true);
    expect(isSameRepository(repository, parseReference('ghcr.io/a/c'))).toBe(false);
  });
});
