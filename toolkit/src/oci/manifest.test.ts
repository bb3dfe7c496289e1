import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaTypeOf, parseImageConfig, parseManifest } from './manifest.ts';
import { MEDIA_TYPES } from './types.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const descriptor = { mediaType: MEDIA_TYPES.ociLayerGzip, digest, size: 3 };
const manifest = { schemaVersion: 2, config: descriptor, layers: [descriptor], annotations: { kept: 'yes' } };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [descriptor] };
const parse = (value: unknown, mediaType: string = MEDIA_TYPES.ociManifest) =>
  parseManifest({ bytes: Buffer.from(JSON.stringify(value)), mediaType }, 'ghcr.io/a:1');

describe('manifests', () => {
  it.each([MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest])('%s is one image', (mediaType) => {
    expect(parse(manifest, mediaType)).toEqual({ kind: 'manifest', manifest });
  });

  it.each([
    [MEDIA_TYPES.ociIndex, { ...index, mediaType: undefined }],
    [MEDIA_TYPES.dockerList, { ...index, mediaType: MEDIA_TYPES.dockerList }],
    ['application/json', index],
  ])('%s is several', (mediaType, document) => {
    expect(parse(document, mediaType)).toMatchObject({ kind: 'index', index: { manifests: [descriptor] } });
  });

  it.each([
    [{ schemaVersion: 1, fsLayers: [] }, /schema version 2, but version 1/],
    [{ ...manifest, config: undefined }, /"config"/],
    [{ ...manifest, layers: [{ ...descriptor, digest: '../../etc' }] }, /"layers"/],
    [{ ...manifest, layers: [{ ...descriptor, size: 'x' }] }, /"layers"/],
    [{ ...index, manifests: {} }, /"manifests"/],
    [[], /JSON object/],
    [null, /JSON object/],
  ])('%j is none', (document, reason) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'remote' }));
    expect(() => parse(document)).toThrow(reason);
    expect(() => parse(document)).toThrow(/^ghcr\.io\/a:1 is not/);
  });

  it('are told from anything else without any other failure', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseManifest({ bytes: Buffer.from(text), mediaType: MEDIA_TYPES.ociManifest }, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'remote' });
        }
      }),
    );
  });

  it('are sent under their own type', () => {
    expect(mediaTypeOf({ schemaVersion: 2, config: descriptor, layers: [] })).toBe(MEDIA_TYPES.ociManifest);
    expect(mediaTypeOf({ schemaVersion: 2, manifests: [] })).toBe(MEDIA_TYPES.ociIndex);
    const mediaType = MEDIA_TYPES.dockerManifest;
    expect(mediaTypeOf({ schemaVersion: 2, mediaType, config: descriptor, layers: [] })).toBe(mediaType);
  });
});

describe('configurations', () => {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] }, extra: 1 };
  const read = (value: unknown) => parseImageConfig(Buffer.from(JSON.stringify(value)), 'ghcr.io/a:1');

  it('are kept whole', () => {
    expect(read(config)).toEqual(config);
  });

  it.each([
    [{ ...config, os: undefined }, /"os"/],
    [{ ...config, rootfs: undefined }, /diff_ids/],
    [{ ...config, rootfs: { diff_ids: ['x'] } }, /diff_ids/],
  ])('%j is none', (value, reason) => {
    expect(() => read(value)).toThrow(reason);
  });
});
