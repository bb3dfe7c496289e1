import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../oci/reference.ts';
import { baseReference, modelReference, modelRepository, parseAimId, parseRegistry, parseTag } from './names.ts';

const FACTS = {
  version: '0.9.0',
  aimId: 'meta-llama/Llama-3.1-8B-Instruct',
  base: 'aim-base:0.9',
  stamp: { createdAt: Date.UTC(2025, 8, 30, 23, 59, 59) / 1000 },
};
const NAMING = { registry: undefined, tag: undefined, scheme: 'semver' } as const;

describe('names of images', () => {
  it.each([
    { naming: NAMING, base: 'aim-base:0.9', model: 'aim-meta-llama-llama-3-1-8b-instruct:0.9.0' },
    {
      naming: { ...NAMING, registry: 'ghcr.io/org' },
      base: 'ghcr.io/org/aim-base:0.9',
      model: 'ghcr.io/org/aim-meta-llama-llama-3-1-8b-instruct:0.9.0',
    },
    { naming: { ...NAMING, tag: 'test' }, base: 'aim-base:test', model: 'aim-meta-llama-llama-3-1-8b-instruct:test' },
    {
      naming: { ...NAMING, scheme: 'dated' } as const,
      base: 'aim-base:0.9',
      model: 'aim:0.9-meta-llama-llama-3.1-8b-instruct-v20250930',
    },
  ])('$base and $model', ({ naming, base, model }) => {
    expect(baseReference(FACTS.version, naming)).toBe(base);
    expect(modelReference(FACTS, naming).reference).toBe(model);
  });

  it('are valid references for every valid model name', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/);
    fc.assert(
      fc.property(part, part, (org, model) => {
        const aimId = `${org}/${model}`;
        expect(parseAimId(aimId)).toBe(aimId);
        expect(modelRepository(aimId)).toMatch(/^aim(-[a-z0-9]+)+$/);
        for (const scheme of ['semver', 'dated'] as const) {
          const { reference } = modelReference({ ...FACTS, aimId }, { ...NAMING, scheme });
          expect(parseReference(reference).text).toBe(reference);
        }
      }),
    );
  });

  it('refuse a dated tag that is too long', () => {
    expect(() => modelReference({ ...FACTS, aimId: `org/${'m'.repeat(130)}` }, { ...NAMING, scheme: 'dated' })).toThrow(
      /128/,
    );
  });
});

describe('what users may write', () => {
  it.each(['ghcr.io', 'ghcr.io/org', 'localhost:5000/a/b', 'org'])('%s is a registry', (text) => {
    expect(parseRegistry(`${text}/`)).toBe(text);
  });

  it.each(['https://ghcr.io', 'ghcr.io/Org', 'a b', '', 'host:port'])('"%s" is no registry', (text) => {
    expect(() => parseRegistry(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it.each(['.x', '-x', 'a/b', '', 'x'.repeat(129)])('"%s" is no tag', (text) => {
    expect(() => parseTag(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it.each(['model', 'a/b/c', '../etc', 'org/..', 'org/', 'o rg/m'])('"%s" is no model', (text) => {
    expect(() => parseAimId(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
