import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenLabels, imageLabels } from './labels.ts';

const FACTS = {
  kind: 'model',
  aimId: 'acme/Tiny',
  version: '0.9.0',
  base: 'aim-base:0.9',
  createdAt: 1_750_000_000,
  revision: 'abc',
  layoutVersion: '1',
} as const;

describe('flattenLabels', () => {
  it('joins keys with dots and writes each kind of value as label readers expect', () => {
    const tree = {
      com: {
        amd: { aim: { hfToken: { required: true }, model: { tags: ['a', 'b'], versions: [], size: 8 }, notes: null } },
      },
    };
    expect(flattenLabels(tree)).toEqual({
      'com.amd.aim.hfToken.required': 'true',
      'com.amd.aim.model.tags': 'a,b',
      'com.amd.aim.model.versions': '',
      'com.amd.aim.model.size': '8',
      'com.amd.aim.notes': '',
    });
  });

  it('writes lists of objects as strict JSON that survives replacing every apostrophe by a quote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gpuModel: fc.string(), description: fc.string({ unit: 'binary' }), gpuCount: fc.nat() }), {
          minLength: 1,
        }),
        (list) => {
          const label = flattenLabels({ list })['list']!;
          expect(JSON.parse(label.replaceAll("'", '"'))).toEqual(JSON.parse(JSON.stringify(list)));
        },
      ),
    );
  });
});

describe('imageLabels', () => {
  it('sets every standard name, so that none shows the value of the image below', () => {
    const labels = imageLabels({}, FACTS);
    for (const name of [
      'title',
      'description',
      'licenses',
      'vendor',
      'authors',
      'source',
      'documentation',
      'created',
      'revision',
      'version',
      'base.name',
      'base.digest',
    ]) {
      expect(labels).toHaveProperty([`org.opencontainers.image.${name}`]);
    }
    expect(labels['org.opencontainers.image.created']).toBe('2025-06-15T15:06:40Z');
    expect(labels['org.opencontainers.image.title']).toBe('acme/Tiny');
  });

  it("takes title and description from the image's own metadata, the standard ones first", () => {
    const aim = { amd: { aim: { title: 'Tiny', description: { full: 'Long.' } } } };
    expect(imageLabels({ com: aim }, FACTS)).toMatchObject({
      'org.opencontainers.image.title': 'Tiny',
      'org.opencontainers.image.description': 'Long.',
    });
    const org = { opencontainers: { image: { description: 'Short.', version: 'from the file' } } };
    expect(imageLabels({ com: aim, org }, FACTS)).toMatchObject({
      'org.opencontainers.image.description': 'Short.',
      'org.opencontainers.image.version': '0.9.0',
    });
  });
});
