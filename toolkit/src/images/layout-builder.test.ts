import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { computeDigest } from '../oci/digest.ts';
import type { Registry } from '../oci/registry.ts';
import { MEDIA_TYPES, type ImageIndex } from '../oci/types.ts';
import { bytesSource } from '../oci/upload.ts';
import type { AssembledImage } from './assemble.ts';
import { writeImages } from './layout-builder.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layout-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const manifest = { bytes: Buffer.from('{"manifest":1}'), mediaType: MEDIA_TYPES.ociManifest };
const config = { bytes: Buffer.from('{"config":1}'), digest: computeDigest(Buffer.from('{"config":1}')) };
/** An image whose base has no layers, so that nothing is read from a registry. */
const image = {
  plan: { reference: 'host/name:1', base: 'host/base:1', labels: {} },
  base: { repository: { host: 'host', name: 'base' }, layers: [], config: { os: 'linux', architecture: 'amd64' } },
  layer: { blob: bytesSource(Buffer.from('layer')), diffId: 'x' },
  digest: computeDigest(manifest.bytes),
  ...{ config, manifest },
} as unknown as AssembledImage;

const write = () =>
  writeImages({} as Registry, [image], {
    target: { kind: 'oci', path: folder },
    forImage: () => ({ noCache: false, signal: new AbortController().signal, onEvent: () => undefined }),
  });

describe('writeImages to an OCI layout', () => {
  it.each(['{}', '[]', '{"manifests":[{}]}', '{"manifests":[null]}', 'no JSON'])(
    'writes nothing beside an index.json of %s, which is none',
    async (index) => {
      writeFileSync(join(folder, 'index.json'), index);
      await expect(write()).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/is no OCI image layout: .*index\.json is not /) as string,
      });
      expect(readdirSync(folder)).toEqual(['index.json']);
    },
  );

  it('keeps what is there, and replaces what had its name', async () => {
    const other = { mediaType: MEDIA_TYPES.ociManifest, digest: `sha256:${'a'.repeat(64)}`, size: 1 };
    const named = { ...other, annotations: { 'org.opencontainers.image.ref.name': 'host/name:1' } };
    writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [other, named] }));
    await write();
    const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as ImageIndex;
    expect(manifests.map(({ digest }) => digest)).toEqual([other.digest, image.digest]);
  });
});
