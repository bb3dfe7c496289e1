import { randomBytes } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeDigest } from '../../src/oci/digest.ts';
import { parseReference, type Repository } from '../../src/oci/reference.ts';
import { MEDIA_TYPES, type ImageManifest } from '../../src/oci/types.ts';
import { bytesSource, fileSource } from '../../src/oci/upload.ts';
import { testClient } from './oci-client.ts';
import type { RunningRegistry } from './oci-real-registry.ts';

const ABSENT = `sha256:${'0'.repeat(64)}`;
const CHUNK_BYTES = 64 * 1024;

/** What every registry does for this client: the same suite for the fake and for real ones. */
export function describeRegistryContract(name: string, start: () => Promise<RunningRegistry>): void {
  describe(`the registry client with ${name}`, () => {
    const client = testClient({ tuning: { chunkBytes: CHUNK_BYTES } });
    let registry: RunningRegistry;
    let count = 0;
    const fresh = (): Repository => ({ host: registry.host, name: `team/project-${count++}` });

    beforeAll(async () => {
      registry = await start();
    });
    afterAll(async () => {
      client.close();
      await registry.stop();
    });

    const push = async (repository: Repository, tag: string, text: string = tag) => {
      const config = bytesSource(Buffer.from(JSON.stringify({ text })));
      const layer = bytesSource(randomBytes(100));
      for (const source of [config, layer]) await client.uploadBlob(repository, source);
      const manifest: ImageManifest = {
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociManifest,
        config: { mediaType: MEDIA_TYPES.ociConfig, digest: config.digest, size: config.sizeBytes },
        layers: [{ mediaType: MEDIA_TYPES.ociLayerGzip, digest: layer.digest, size: layer.sizeBytes }],
      };
      const bytes = Buffer.from(JSON.stringify(manifest));
      const stored = await client.putManifest(repository, tag, { bytes, mediaType: MEDIA_TYPES.ociManifest });
      return { manifest, bytes, stored, digest: computeDigest(bytes) };
    };

    it('answers a ping', async () => {
      expect(await client.ping(registry.host)).toEqual({ scheme: undefined, credentialSource: undefined });
    });

    it('knows nothing about what is not there', async () => {
      const repository = fresh();
      expect(await client.headManifest(repository, '1')).toBeUndefined();
      expect(await client.findManifest(repository, ABSENT)).toBeUndefined();
      expect(await client.headBlob(repository, ABSENT)).toBeUndefined();
      expect(await client.listTags(repository)).toEqual([]);
      expect(await client.listReferrers(repository, ABSENT)).toEqual([]);
      const reference = parseReference(`${registry.host}/${repository.name}:1`);
      await expect(client.getManifest(reference)).rejects.toMatchObject({
        code: 'remote',
        message: `${reference.text} does not exist`,
      });
      await expect(client.getBlob(repository, ABSENT)).rejects.toThrow(/404 Not Found: BLOB_UNKNOWN/);
    });

    it.each([0, 1, 1000, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 17])(
      'stores a blob of %i bytes and gives it back, whole and in part',
      async (sizeBytes) => {
        const repository = fresh();
        const bytes = randomBytes(sizeBytes);
        const source = bytesSource(bytes);
        const steps: number[] = [];
        const result = await client.uploadBlob(repository, source, { onProgress: (sent) => steps.push(sent) });
        expect(result.sentBytes).toBe(sizeBytes);
        expect(steps.at(-1)).toBe(sizeBytes);
        expect(await client.headBlob(repository, source.digest)).toBe(sizeBytes);
        expect(await client.getBlob(repository, source.digest)).toEqual(bytes);
        const streamed: Buffer[] = [];
        for await (const chunk of client.streamBlob(repository, { digest: source.digest, size: sizeBytes }))
          streamed.push(chunk);
        expect(Buffer.concat(streamed)).toEqual(bytes);
        const range = { startByte: Math.floor(sizeBytes / 3), endByte: Math.ceil(sizeBytes / 2) };
        expect(await client.getBlobRange(repository, source.digest, range)).toEqual(
          bytes.subarray(range.startByte, range.endByte),
        );
      },
    );

    it('uploads a file in parts', async () => {
      const repository = fresh();
      const folder = mkdtempSync(join(tmpdir(), 'aimctl-oci-'));
      try {
        const bytes = randomBytes(3 * CHUNK_BYTES + 5);
        writeFileSync(join(folder, 'blob'), bytes);
        const source = fileSource(join(folder, 'blob'), { digest: computeDigest(bytes), sizeBytes: bytes.length });
        await client.uploadBlob(repository, source);
        expect(await client.getBlob(repository, source.digest)).toEqual(bytes);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('refuses a blob larger than allowed, and content that is not what its digest says', async () => {
      const repository = fresh();
      const source = bytesSource(randomBytes(1000));
      await client.uploadBlob(repository, source);
      await expect(client.getBlob(repository, source.digest, 999)).rejects.toThrow(/more than 999 bytes/);
      const wrong = { ...source, digest: ABSENT };
      await expect(client.uploadBlob(repository, wrong)).rejects.toThrow(/400 Bad Request: DIGEST_INVALID/);
    });

    it('mounts a blob of another repository; what is not there is offered for upload instead', async () => {
      const [source, target] = [fresh(), fresh()];
      const blob = bytesSource(randomBytes(200));
      await client.uploadBlob(source, blob);
      expect(await client.mountBlob(target, source, blob.digest)).toEqual({ outcome: 'mounted' });
      expect(await client.headBlob(target, blob.digest)).toBe(200);
      const other = bytesSource(randomBytes(300));
      const refused = await client.mountBlob(target, source, other.digest);
      expect(refused.outcome).toBe('refused');
      if (refused.outcome !== 'refused') return;
      await client.uploadBlob(target, other, { session: refused.session });
      expect(await client.headBlob(target, other.digest)).toBe(300);
    });

    it('gives an upload up', async () => {
      const repository = fresh();
      const session = await client.startUpload(repository);
      await client.cancelUpload(session);
      await client.cancelUpload(session);
      const blob = bytesSource(randomBytes(10));
      // An upload that is gone is begun anew.
      await client.uploadBlob(repository, blob, { session });
      expect(await client.headBlob(repository, blob.digest)).toBe(10);
    });

    it('stores a manifest byte for byte, by tag and by digest', async () => {
      const repository = fresh();
      const { bytes, digest, stored } = await push(repository, '1.0');
      expect(stored).toEqual({ outcome: 'stored', digest, handlesSubject: false });
      const expected = { digest, mediaType: MEDIA_TYPES.ociManifest };
      expect(await client.headManifest(repository, '1.0')).toEqual({ ...expected, sizeBytes: bytes.length });
      expect(await client.findManifest(repository, digest)).toEqual({ ...expected, bytes });
      const reference = parseReference(`${registry.host}/${repository.name}:1.0`);
      expect(await client.getManifest(reference)).toEqual({ ...expected, bytes });
      const again = { bytes, mediaType: MEDIA_TYPES.ociManifest };
      expect(await client.putManifest(repository, digest, again)).toMatchObject({ outcome: 'stored', digest });
    });

    it('says which blobs of a manifest are missing', async () => {
      const repository = fresh();
      const { manifest } = await push(repository, '1');
      const digests = [1, 2].map((digit) => `sha256:${String(digit).repeat(64)}`);
      const layers = digests.map((digest) => ({ mediaType: MEDIA_TYPES.ociLayer, digest, size: 5 }));
      const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [...manifest.layers, ...layers] }));
      const result = await client.putManifest(repository, '2', { bytes, mediaType: MEDIA_TYPES.ociManifest });
      expect(result).toMatchObject({ outcome: 'blobs-missing', digests });
      expect(await client.headManifest(repository, '2')).toBeUndefined();
    });

    it('stores an index of manifests', async () => {
      const repository = fresh();
      const { digest, bytes } = await push(repository, 'one');
      const platform = { os: 'linux', architecture: 'amd64' };
      const manifests = [{ mediaType: MEDIA_TYPES.ociManifest, digest, size: bytes.length, platform }];
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }));
      await client.putManifest(repository, 'all', { bytes: index, mediaType: MEDIA_TYPES.ociIndex });
      expect(await client.findManifest(repository, 'all')).toMatchObject({
        mediaType: MEDIA_TYPES.ociIndex,
        bytes: index,
      });
    });

    it('lists all tags', async () => {
      const repository = fresh();
      const { bytes } = await push(repository, 'v0');
      for (let tag = 1; tag < 12; tag++)
        await client.putManifest(repository, `v${tag}`, { bytes, mediaType: MEDIA_TYPES.ociManifest });
      const tags = await client.listTags(repository);
      expect([...tags].sort()).toEqual(Array.from({ length: 12 }, (_, tag) => `v${tag}`).sort());
    });

    it('deletes manifests and blobs, once', async () => {
      const repository = fresh();
      const { digest, manifest } = await push(repository, '1');
      expect(await client.deleteManifest(repository, digest)).toBe('deleted');
      expect(await client.deleteManifest(repository, digest)).toBe('absent');
      expect(await client.headManifest(repository, '1')).toBeUndefined();
      const layer = manifest.layers[0]!.digest;
      expect(await client.deleteBlob(repository, layer)).toBe('deleted');
      expect(await client.deleteBlob(repository, layer)).toBe('absent');
    });

    it('attaches referrers and finds them by type', async () => {
      const repository = fresh();
      const { digest, bytes, manifest } = await push(repository, '1');
      const subject = { mediaType: MEDIA_TYPES.ociManifest, digest, size: bytes.length };
      const attach = (artifactType: string) => client.putReferrer(repository, { ...manifest, artifactType, subject });
      const [sbom, signature] = [await attach('application/sbom'), await attach('application/signature')];
      // Attaching the same again changes nothing.
      expect(await attach('application/sbom')).toEqual(sbom);
      const found = await client.listReferrers(repository, digest);
      expect(found.map((one) => one.digest).sort()).toEqual([sbom.digest, signature.digest].sort());
      const sboms = await client.listReferrers(repository, digest, 'application/sbom');
      expect(sboms.map((one) => one.digest)).toEqual([sbom.digest]);
    });

    it('attaches referrers at the same time without losing one', async () => {
      const repository = fresh();
      const { digest, bytes, manifest } = await push(repository, '1');
      const subject = { mediaType: MEDIA_TYPES.ociManifest, digest, size: bytes.length };
      const types = Array.from({ length: 8 }, (_, index) => `application/type-${index}`);
      await Promise.all(
        types.map((artifactType) => client.putReferrer(repository, { ...manifest, artifactType, subject })),
      );
      const found = await client.listReferrers(repository, digest);
      expect(found.map(({ artifactType }) => artifactType).sort()).toEqual(types);
    });

    it('serves many requests at a time over kept connections', async () => {
      const repository = fresh();
      const blobs = Array.from({ length: 100 }, () => bytesSource(randomBytes(50)));
      await Promise.all(blobs.map((blob) => client.uploadBlob(repository, blob)));
      const sizes = await Promise.all(blobs.map(({ digest }) => client.headBlob(repository, digest)));
      expect(new Set(sizes)).toEqual(new Set([50]));
    });
  });
}
