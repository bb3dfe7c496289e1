import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { computeDigest } from '../../src/oci/digest.ts';
import { MEDIA_TYPES } from '../../src/oci/types.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import { describeRegistryContract } from '../lib/oci-contract.ts';
import { startFakeRegistry, type FakeRegistryOptions } from '../lib/oci-fake-registry.ts';
import { problem } from '../lib/oci-fake-store.ts';

describeRegistryContract('the fake registry', () => startFakeRegistry({ pageSize: 5 }));
describeRegistryContract('the fake registry that has all there is', () => startFakeRegistry({ referrers: true }));

describe('where registries differ', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
  });
  const blob = bytesSource(randomBytes(100));
  const bytes = Buffer.from('{"schemaVersion":2}');
  const digest = computeDigest(bytes);

  async function start(options: FakeRegistryOptions) {
    const registry = await startFakeRegistry(options);
    const client = testClient();
    cleanups.push(
      () => registry.stop(),
      () => client.close(),
    );
    return { registry, client, repository: { host: registry.host, name: 'org/a' } };
  }

  it.each([
    ['with an upload', { mounts: false }, 1],
    ['with 405', { fault: isMount(problem(405, 'UNSUPPORTED', 'no mounts')) }, 2],
    ['with 403', { fault: isMount(problem(403, 'DENIED', 'no')) }, 2],
    ['with 404', { fault: isMount(problem(404, 'NAME_UNKNOWN', 'no')) }, 2],
  ])('a mount refused %s leads to an upload that can go on', async (_, options, requests) => {
    const { client, repository, registry } = await start(options);
    const source = { ...repository, name: 'org/base' };
    await client.uploadBlob(source, blob);
    const before = registry.log.length;
    const result = await client.mountBlob(repository, source, blob.digest);
    expect(registry.log).toHaveLength(before + requests);
    if (result.outcome !== 'refused') expect.unreachable('mounted');
    await client.uploadBlob(repository, blob, { session: result.session });
    expect(registry.log).toHaveLength(before + requests + 1);
    expect(await client.headBlob(repository, blob.digest)).toBe(100);
  });

  it('nothing is mounted across two of them', async () => {
    const { client, repository, registry } = await start({});
    const mount = client.mountBlob(repository, { host: 'ghcr.io', name: 'a' }, blob.digest);
    await expect(mount).rejects.toThrow(/two registries/);
    expect(registry.log).toHaveLength(0);
  });

  it('some never delete', async () => {
    const { client, repository } = await start({ deletes: false, checksBlobs: false });
    await client.putManifest(repository, '1', { bytes, mediaType: MEDIA_TYPES.ociManifest });
    expect(await client.deleteManifest(repository, digest)).toBe('unsupported');
    await client.uploadBlob(repository, blob);
    expect(await client.deleteBlob(repository, blob.digest)).toBe('unsupported');
  });

  it('some delete no tags', async () => {
    const { client, repository } = await start({ checksBlobs: false });
    await client.putManifest(repository, '1', { bytes, mediaType: MEDIA_TYPES.ociManifest });
    expect(await client.deleteManifest(repository, '1')).toBe('unsupported');
  });

  it('some tell no digest', async () => {
    const headers = { 'content-type': `${MEDIA_TYPES.ociManifest}; charset=utf-8` };
    const { client, repository, registry } = await start({ intercept: () => ({ status: 200, headers, body: bytes }) });
    const mediaType = MEDIA_TYPES.ociManifest;
    expect(await client.headManifest(repository, '1')).toEqual({ digest, mediaType, sizeBytes: bytes.length });
    expect(registry.summary()).toEqual(['HEAD /v2/org/a/manifests/1', 'GET /v2/org/a/manifests/1']);
  });

  it('some hide what is not there behind 403', async () => {
    const { client, repository } = await start({ intercept: () => problem(403, 'DENIED', 'no') });
    expect(await client.headManifest(repository, '1')).toBeUndefined();
    expect(await client.headBlob(repository, blob.digest)).toBeUndefined();
    await expect(client.listTags(repository)).rejects.toMatchObject({ code: 'environment' });
  });

  it('a tag behind 403 is not there when the list of tags lacks it', async () => {
    const { client, repository } = await start({
      checksBlobs: false,
      intercept: ({ method, url }) =>
        method === 'GET' && url.pathname.includes('/manifests/') ? problem(403, 'DENIED', 'not for you') : undefined,
    });
    expect(await client.findManifest(repository, '1')).toBeUndefined();
    await client.putManifest(repository, '1', { bytes, mediaType: MEDIA_TYPES.ociManifest });
    expect(await client.findManifest(repository, '2')).toBeUndefined();
    await expect(client.findManifest(repository, '1')).rejects.toThrow(/read .*org\/a:1: .*not for you/);
    await expect(client.findManifest(repository, digest)).rejects.toThrow('not for you');
  });

  it('nothing is taken for absent where the list of tags is denied too', async () => {
    const { client, repository } = await start({ intercept: () => problem(403, 'DENIED', 'not for you') });
    await expect(client.findManifest(repository, '1')).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(/read .*org\/a:1: .*not for you/) as string,
    });
  });

  it('some take no notice of what part of a blob is asked for', async () => {
    const content = randomBytes(1_000);
    const { client, repository } = await start({ intercept: () => ({ status: 200, body: content }) });
    const part = await client.getBlobRange(repository, blob.digest, { startByte: 10, endByte: 990 });
    expect(part).toEqual(content.subarray(10, 990));
  });

  it('one that sends another part than asked for is not believed', async () => {
    const headers = { 'content-range': 'bytes 500-999/1000' };
    const { client, repository } = await start({ intercept: () => ({ status: 206, headers, body: 'x'.repeat(500) }) });
    const part = client.getBlobRange(repository, blob.digest, { startByte: 10, endByte: 990 });
    await expect(part).rejects.toThrow(/bytes 500-999\/1000, which was not asked for/);
  });

  it('one that stores something else than it was sent is found out', async () => {
    const headers = { 'docker-content-digest': blob.digest };
    const { client, repository } = await start({ intercept: () => ({ status: 201, headers }) });
    const put = client.putManifest(repository, '1', { bytes, mediaType: MEDIA_TYPES.ociManifest });
    await expect(put).rejects.toThrow(`as ${blob.digest} instead of ${digest}`);
  });
});

function isMount(answer: ReturnType<typeof problem>): NonNullable<FakeRegistryOptions['fault']> {
  return ({ target }) => (target.includes('mount=') ? { kind: 'answer', answer } : undefined);
}
