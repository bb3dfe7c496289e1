import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { computeDigest } from '../../src/oci/digest.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { MEDIA_TYPES } from '../../src/oci/types.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import {
  startFakeRegistry,
  type FakeRegistry,
  type FakeRegistryOptions,
  type Fault,
} from '../lib/oci-fake-registry.ts';
import { problem } from '../lib/oci-fake-store.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';

const STALL_MS = 200;
const HTML = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html><h1>Bad Gateway</h1></html>' };
const FAULTS: Readonly<Record<string, Fault>> = {
  '429 with Retry-After': {
    kind: 'answer',
    answer: { status: 429, headers: { 'retry-after': '2' }, body: 'slow down' },
  },
  'the secondary rate limit of GHCR': {
    kind: 'answer',
    answer: { status: 403, body: 'exceeded a secondary rate limit' },
  },
  '500': { kind: 'answer', answer: { status: 500 } },
  'an HTML page': { kind: 'answer', answer: HTML },
  'a reset': { kind: 'reset' },
  'a lost answer': { kind: 'lose-answer' },
  'a truncated body': { kind: 'truncate' },
  'a stall': { kind: 'stall' },
};

const running: { registry: FakeRegistry; client: Registry }[] = [];
afterEach(async () => {
  for (const { registry, client } of running.splice(0)) {
    client.close();
    await registry.stop();
  }
});

async function start(options: FakeRegistryOptions = {}, chunkBytes = 1024 * 1024) {
  const registry = await startFakeRegistry(options);
  const clock = createVirtualClock();
  const client = testClient({ tuning: { clock, stallTimeoutMs: STALL_MS, chunkBytes } });
  running.push({ registry, client });
  return { registry, client, clock, repository: { host: registry.host, name: 'org/model' } };
}

const config = bytesSource(Buffer.from('{"os":"linux"}'));
const layer = bytesSource(randomBytes(5_000));
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: config.digest, size: config.sizeBytes },
    layers: [{ mediaType: MEDIA_TYPES.ociLayerGzip, digest: layer.digest, size: layer.sizeBytes }],
  }),
);

/** A push and a pull of everything it stored. */
async function roundTrip(client: Registry, repository: { host: string; name: string }): Promise<void> {
  await client.uploadBlob(repository, config);
  await client.uploadBlob(repository, layer);
  const stored = await client.putManifest(repository, '1', { bytes: manifest, mediaType: MEDIA_TYPES.ociManifest });
  expect(stored).toMatchObject({ outcome: 'stored', digest: computeDigest(manifest) });
  expect(await client.headManifest(repository, '1')).toMatchObject({ digest: computeDigest(manifest) });
  expect((await client.findManifest(repository, '1'))?.bytes).toEqual(manifest);
  const parts: Buffer[] = [];
  for await (const part of client.streamBlob(repository, { digest: layer.digest, size: layer.sizeBytes }))
    parts.push(part);
  expect(Buffer.concat(parts)).toEqual(await client.getBlob(repository, layer.digest));
}
const ROUND_TRIP_REQUESTS = 9;

describe.each(Object.entries(FAULTS))('%s', (_, fault) => {
  it('at any one request of a push and pull changes nothing but a few requests more', async () => {
    for (let at = 0; at < ROUND_TRIP_REQUESTS; at++) {
      const { registry, client, repository } = await start({
        fault: ({ index }) => (index === at ? fault : undefined),
      });
      await roundTrip(client, repository);
      const extra = registry.log.length - ROUND_TRIP_REQUESTS;
      expect(extra, registry.summary().join('\n')).toBeGreaterThanOrEqual(0);
      // The request again; at most a look whether the blob arrived, and a new upload.
      expect(extra, registry.summary().join('\n')).toBeLessThanOrEqual(4);
    }
  });

  it('at every request ends in a failure that says so', async () => {
    const { registry, client, repository } = await start({ fault: () => fault });
    const failed = client.uploadBlob(repository, config);
    await expect(failed).rejects.toMatchObject({ code: 'remote' });
    await expect(failed).rejects.toThrow(registry.host);
    expect(registry.store.repositories.get(repository.name)?.blobs.size ?? 0).toBe(0);
  });
});

it('sends exactly the requests that are needed when nothing goes wrong', async () => {
  const { registry, client, repository } = await start();
  await roundTrip(client, repository);
  expect(registry.summary()).toEqual([
    'POST /v2/org/model/blobs/uploads/',
    'PUT /v2/org/model/blobs/uploads/ID',
    'POST /v2/org/model/blobs/uploads/',
    'PUT /v2/org/model/blobs/uploads/ID',
    'PUT /v2/org/model/manifests/1',
    'HEAD /v2/org/model/manifests/1',
    'GET /v2/org/model/manifests/1',
    `GET /v2/org/model/blobs/${layer.digest}`,
    `GET /v2/org/model/blobs/${layer.digest}`,
  ]);
});

it('keeps what every uploaded location says, query and all', async () => {
  const { registry, client, repository } = await start();
  await client.uploadBlob(repository, config);
  expect(registry.log[1]?.target).toMatch(/\?_state=a%2Bb%3D&digest=sha256:[0-9a-f]{64}$/);
});

it.each([
  [400, 'TAG_INVALID'],
  [401, 'UNAUTHORIZED'],
  [403, 'DENIED'],
  [404, 'NAME_UNKNOWN'],
  [405, 'UNSUPPORTED'],
  [413, 'SIZE_INVALID'],
])('asks once only when the answer is %i %s', async (status, code) => {
  const answer = problem(status, code, 'the registry’s own words');
  const { registry, client, repository } = await start({ intercept: () => answer });
  const put = client.putManifest(repository, '1', { bytes: manifest, mediaType: MEDIA_TYPES.ociManifest });
  await expect(put).rejects.toThrow(`${code}: the registry’s own words`);
  expect(registry.log).toHaveLength(1);
});

it('waits as long as Retry-After says, with all requests, and says for what', async () => {
  const throttle: Fault = { kind: 'answer', answer: { status: 429, headers: { 'retry-after': '30' }, body: 'limit' } };
  const { client, repository, clock, registry } = await start({
    fault: ({ index }) => (index === 0 ? throttle : undefined),
  });
  const startMs = clock.nowMs();
  await Promise.all(Array.from({ length: 10 }, () => client.listTags(repository)));
  expect(clock.nowMs() - startMs).toBe(30_000);
  expect(registry.log).toHaveLength(11);
  const events = client.events.filter(({ kind }) => kind === 'pause');
  expect(events).toEqual([
    { kind: 'pause', host: registry.host, delayMs: 30_000, reason: '429 Too Many Requests: limit' },
  ]);
});

it('does not wait for longer than it is prepared to', async () => {
  const throttle: Fault = { kind: 'answer', answer: { status: 429, headers: { 'retry-after': '86400' } } };
  const { client, repository, clock } = await start({ fault: () => throttle });
  await expect(client.listTags(repository)).rejects.toThrow(/86400 s until the next try/);
  // Nor do those that come while the pause lasts.
  await expect(client.listTags({ ...repository, name: 'org/other' })).rejects.toMatchObject({
    code: 'remote',
    message: expect.stringMatching(/list the tags of .*org\/other: .*429.*86400 s until the next try/) as string,
  });
  expect(clock.sleeps).toEqual([]);
});

it('resumes an upload in parts where it broke', async () => {
  const blob = bytesSource(randomBytes(10_000));
  const cut: Fault = { kind: 'cut-request', afterBytes: 400 };
  const { registry, client, repository } = await start(
    { fault: ({ index }) => (index === 2 ? cut : undefined) },
    1_000,
  );
  await client.uploadBlob(repository, blob);
  expect(computeDigest(await client.getBlob(repository, blob.digest))).toBe(blob.digest);
  const starts = registry.log.flatMap(({ method, headers }) => (method === 'PATCH' ? [headers['content-range']] : []));
  expect(starts.slice(0, 3)).toEqual(['0-999', '1000-1999', '1400-2399']);
  const received = registry.log.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  expect(received).toBe(10_000);
});

it('sends parts of the size the registry wants', async () => {
  const { registry, client, repository } = await start({ minChunkBytes: 4_096 }, 1_000);
  await client.uploadBlob(repository, layer);
  const sizes = registry.log.flatMap(({ method, bodyBytes }) => (method === 'PATCH' ? [bodyBytes] : []));
  expect(sizes).toEqual([4_096, 904]);
});

it('begins an upload again that the registry forgot, but not for ever', async () => {
  const lost = problem(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
  const forget = (times: number) => {
    let forgotten = 0;
    return ({ method }: { method: string }): Fault | undefined =>
      method === 'PUT' && forgotten++ < times ? { kind: 'answer', answer: lost } : undefined;
  };
  const once = await start({ fault: forget(1) });
  await once.client.uploadBlob(once.repository, config);
  expect(once.registry.summary().map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT', 'HEAD', 'POST', 'PUT']);
  const always = await start({ fault: forget(100) });
  await expect(always.client.uploadBlob(always.repository, config)).rejects.toThrow(/forgot the upload 4 times/);
});

it('takes up a download where it broke, as often as it breaks', async () => {
  const blob = bytesSource(randomBytes(300_000));
  let downloads = 0;
  const { registry, client, repository } = await start({
    fault: ({ method }) => (method === 'GET' && downloads++ < 12 ? { kind: 'truncate' } : undefined),
  });
  await client.uploadBlob(repository, blob);
  let sizeBytes = 0;
  for await (const part of client.streamBlob(repository, { digest: blob.digest, size: 300_000 }))
    sizeBytes += part.length;
  expect(sizeBytes).toBe(300_000);
  const starts = registry.log.flatMap(({ method, headers }) =>
    method === 'GET' ? [Number(/bytes=(\d+)/.exec(headers['range'] ?? '')?.[1])] : [],
  );
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(new Set(starts).size).toBeGreaterThan(5);
});

it('never hands out the end of a download that is not what it should be', async () => {
  const { client, repository } = await start({
    intercept: ({ method, url }) =>
      method === 'GET' && url.pathname.includes('/blobs/') ? { status: 200, body: 'x'.repeat(5_000) } : undefined,
  });
  await client.uploadBlob(repository, layer);
  let sizeBytes = 0;
  const download = async () => {
    for await (const part of client.streamBlob(repository, { digest: layer.digest, size: 5_000 }))
      sizeBytes += part.length;
  };
  await expect(download()).rejects.toThrow(/does not have the digest/);
  expect(sizeBytes).toBeLessThan(5_000);
  await expect(client.getBlob(repository, layer.digest)).rejects.toThrow(/does not have the digest/);
});

it('with one fault in ten ends as it should, with at most 1.3 times the requests', async () => {
  const kinds = Object.values(FAULTS);
  // A fixed sequence of numbers that looks like chance: the same run every time.
  let seed = 7;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const fault = () => (next() < 0.1 ? kinds[Math.floor(next() * kinds.length)] : undefined);
  const { registry, client, repository } = await start({ fault });
  const repositories = Array.from({ length: 100 }, (_, index) => ({ ...repository, name: `org/model-${index}` }));
  await Promise.all(repositories.map((repository) => roundTrip(client, repository)));
  const clean = 100 * ROUND_TRIP_REQUESTS;
  expect(registry.log.length).toBeGreaterThan(clean);
  expect(registry.log.length).toBeLessThanOrEqual(1.3 * clean);
});

describe('an interruption', () => {
  const interrupted = Object.assign(new Error('interrupted'), { name: 'Interrupted' });
  it.each(['stall', 'throttle'] as const)('ends a %s at once', async (kind) => {
    const throttle: Fault = { kind: 'answer', answer: { status: 429, headers: { 'retry-after': '60' } } };
    const registry = await startFakeRegistry({ fault: () => (kind === 'stall' ? { kind: 'stall' } : throttle) });
    const controller = new AbortController();
    const client = testClient({ signal: controller.signal });
    running.push({ registry, client });
    const work = Promise.allSettled(
      Array.from({ length: 40 }, () => client.listTags({ host: registry.host, name: 'org/a' })),
    );
    setTimeout(() => controller.abort(interrupted), 100);
    const results = await work;
    expect(results.every((result) => result.status === 'rejected' && result.reason === interrupted)).toBe(true);
  });
});
