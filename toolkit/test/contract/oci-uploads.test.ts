import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { remoteSource } from '../../src/images/base-layers.ts';
import type { Tuning } from '../../src/oci/connect.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { MEDIA_TYPES } from '../../src/oci/types.ts';
import { bytesSource, type BlobSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry, type FakeRegistryOptions } from '../lib/oci-fake-registry.ts';
import { json, type FakeAnswer, type FakeRequest } from '../lib/oci-fake-store.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';

const STALL_MS = 200;

const running: { registry: FakeRegistry; clients: Registry[] }[] = [];
afterEach(async () => {
  for (const { registry, clients } of running.splice(0)) {
    for (const client of clients) client.close();
    await registry.stop();
  }
});

async function start(options: FakeRegistryOptions = {}) {
  const registry = await startFakeRegistry(options);
  const clients: Registry[] = [];
  running.push({ registry, clients });
  const connect = (tuning: Partial<Tuning> = {}) => {
    const client = testClient({ tuning: { clock: createVirtualClock(), stallTimeoutMs: STALL_MS, ...tuning } });
    clients.push(client);
    return client;
  };
  return { registry, connect, repository: { host: registry.host, name: 'org/model' } };
}

const methods = (registry: FakeRegistry) => registry.log.map(({ method }) => method);

describe('an upload that is read from the registry it goes to', () => {
  /** Wants a token of its own for every repository, as the services beside registries do. */
  function guard({ url, headers }: FakeRequest): FakeAnswer | undefined {
    const scopes = url.searchParams.getAll('scope').join(' ');
    if (url.pathname === '/token') return json(200, { token: Buffer.from(scopes).toString('hex') });
    const [, name = ''] = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(url.pathname) ?? [];
    const granted = Buffer.from((headers['authorization'] ?? '').slice('Bearer '.length), 'hex').toString();
    if (granted.includes(`repository:${name}:`)) return undefined;
    const realm = `http://${headers['host'] ?? ''}/token`;
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",scope="repository:${name}:pull"` } };
  }

  it.each([
    { concurrency: 1, blobs: 1 },
    { concurrency: 1, blobs: 3 },
    { concurrency: 4, blobs: 12 },
  ])('ends, $blobs of them with $concurrency requests at a time', async ({ concurrency, blobs }) => {
    const { registry, connect, repository } = await start({ intercept: guard });
    const base = { host: registry.host, name: 'org/base' };
    const sources = Array.from({ length: blobs }, () => bytesSource(randomBytes(300_000)));
    const writer = connect();
    for (const source of sources) await writer.uploadBlob(base, source);
    const client = connect({ concurrency, chunkBytes: 200_000 });
    const copies = sources.map(({ digest, sizeBytes: size }) =>
      client.uploadBlob(repository, remoteSource(client, base, { mediaType: MEDIA_TYPES.ociLayerGzip, digest, size })),
    );
    await Promise.all(copies);
    expect(registry.store.repositories.get(repository.name)?.blobs.size).toBe(blobs);
    expect(client.events.filter(({ kind }) => kind === 'retry')).toEqual([]);
  });
});

describe('an upload in parts', () => {
  const blob = bytesSource(randomBytes(2_500));
  const answersParts = (answer: FakeAnswer) => ({
    intercept: ({ method }: FakeRequest) => (method === 'PATCH' ? answer : undefined),
  });

  it('that the registry takes nothing of is given up', async () => {
    const { registry, connect, repository } = await start(answersParts({ status: 202, headers: { range: '0-0' } }));
    const failed = connect({ chunkBytes: 1_000, maxFailures: 3 }).uploadBlob(repository, blob);
    await expect(failed).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringMatching(/has 0 bytes of it after 1000 were sent \(tried 3 times\)$/) as string,
    });
    expect(methods(registry).filter((method) => method === 'PATCH')).toHaveLength(3);
  });

  it.each([0, 1])('of which the registry says to have more than was sent is refused', async (parts) => {
    const asked: FakeAnswer = { status: 202, headers: { range: '0-4999' } };
    let sent = 0;
    const { registry, connect, repository } = await start({
      intercept: ({ method }) => (method === 'PATCH' && sent++ === parts ? asked : undefined),
    });
    const failed = connect({ chunkBytes: 1_000 }).uploadBlob(repository, blob);
    await expect(failed).rejects.toThrow(`has 5000 bytes of it after ${(parts + 1) * 1_000} were sent`);
    expect(methods(registry)).not.toContain('PUT');
  });

  it('goes on as long as something arrives, however often it breaks', async () => {
    const { registry, connect, repository } = await start({
      fault: ({ method }) => (method === 'PATCH' ? { kind: 'cut-request', afterBytes: 100 } : undefined),
    });
    await connect({ chunkBytes: 1_000, maxFailures: 3 }).uploadBlob(repository, blob);
    expect(registry.store.repositories.get(repository.name)?.blobs).toContain(blob.digest);
  });
});

describe('a blob whose last answer is lost', () => {
  const blob: BlobSource = bytesSource(randomBytes(2_500));

  it.each([
    ['whole', 10_000, ['POST', 'PUT', 'HEAD']],
    ['in parts', 1_000, ['POST', 'PATCH', 'PATCH', 'PATCH', 'PUT', 'HEAD']],
  ])('is looked for before it is sent again: %s', async (_, chunkBytes, expected) => {
    const { registry, connect, repository } = await start({
      fault: ({ method }) => (method === 'PUT' ? { kind: 'lose-answer' } : undefined),
    });
    await connect({ chunkBytes }).uploadBlob(repository, blob);
    expect(methods(registry)).toEqual(expected);
  });

  it('is sent again when it is not there', async () => {
    let faults = 0;
    const { registry, connect, repository } = await start({
      fault: ({ method }) => (method === 'PUT' && faults++ === 0 ? { kind: 'reset' } : undefined),
    });
    await connect().uploadBlob(repository, blob);
    expect(methods(registry)).toEqual(['POST', 'PUT', 'HEAD', 'PUT']);
  });
});
