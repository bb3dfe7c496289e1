import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/oci/connect.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistryOptions } from '../lib/oci-fake-registry.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/tls');
const TLS = {
  cert: readFileSync(join(FIXTURES, 'server.crt'), 'utf8'),
  key: readFileSync(join(FIXTURES, 'server.key'), 'utf8'),
};
const SECRET = 'secret-of-this-registry';
const blob = bytesSource(Buffer.from('content'));

type Intercept = NonNullable<FakeRegistryOptions['intercept']>;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(options: FakeRegistryOptions = {}) {
  const registry = await startFakeRegistry(options);
  cleanups.push(() => registry.stop());
  return { ...registry, repository: { host: registry.host, name: 'org/a' } };
}

function connect(options: Partial<ConnectOptions> = {}) {
  const client = testClient(options);
  cleanups.push(() => client.close());
  return client;
}

/** Asks for a password and answers what `then` says to those who know it. */
function secured(then: Intercept): Intercept {
  return (request) =>
    request.headers['authorization'] === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
      : then(request);
}
const knowing = (host: string) => ({ explicit: { host, username: 'alice', password: SECRET } });

describe('credentials stay with their registry', () => {
  it('when a blob is somewhere else', async () => {
    const store = await serve({ intercept: () => ({ status: 200, body: 'content' }) });
    const location = `http://${store.host}/content?signature=x`;
    const registry = await serve({ intercept: secured(() => ({ status: 307, headers: { location } })) });
    const client = connect(knowing(registry.host));
    expect((await client.getBlob(registry.repository, blob.digest)).toString()).toBe('content');
    expect(registry.log.at(-1)?.headers['authorization']).toBeDefined();
    expect(store.log).toHaveLength(1);
    expect(store.log[0]).toMatchObject({ target: '/content?signature=x' });
    expect(JSON.stringify(store.log)).not.toMatch(/authorization/i);
  });

  it('when a redirect leads back', async () => {
    const registry = await serve({
      intercept: secured(({ url }) =>
        url.pathname === '/moved' ? { status: 200, body: 'content' } : { status: 302, headers: { location: '/moved' } },
      ),
    });
    const client = connect(knowing(registry.host));
    await client.getBlob(registry.repository, blob.digest);
    expect(registry.log.at(-1)).toMatchObject({ target: '/moved', status: 200 });
  });

  it('when an upload is to go somewhere else', async () => {
    const store = await serve({ intercept: () => ({ status: 201 }) });
    const registry = await serve({
      intercept: secured(() => ({ status: 202, headers: { location: `http://${store.host}/upload?id=1` } })),
    });
    const client = connect(knowing(registry.host));
    await client.uploadBlob(registry.repository, blob);
    expect(store.log).toHaveLength(1);
    expect(JSON.stringify(store.log)).not.toMatch(/authorization/i);
  });

  it('when the upload itself is redirected', async () => {
    const store = await serve();
    const registry = await serve({
      intercept: ({ method }) =>
        method === 'PUT' ? { status: 307, headers: { location: `http://${store.host}/x` } } : undefined,
    });
    await expect(connect().uploadBlob(registry.repository, blob)).rejects.toThrow(/this is not followed/);
    expect(store.log).toHaveLength(0);
  });

  it('when the pages of a list go on somewhere else', async () => {
    const other = await serve();
    const link = `<http://${other.host}/v2/org/a/tags/list?last=1>; rel="next"`;
    const registry = await serve({ intercept: () => ({ status: 200, headers: { link }, body: '{"tags":["1"]}' }) });
    await expect(connect().listTags(registry.repository)).rejects.toThrow(/for the next page/);
    expect(other.log).toHaveLength(0);
  });
});

describe('a registry reached from outside', () => {
  // Private networks are the business of targets.test.ts: this machine is one itself.
  it('cannot send this program to an unprotected address', async () => {
    const headers = { location: 'http://cdn.example/x' };
    const registry = await serve({ tls: TLS, intercept: () => ({ status: 307, headers }) });
    const client = connect({ tuning: { root: trustRoot(registry.host) } });
    await expect(client.getBlob(registry.repository, blob.digest)).rejects.toThrow(
      'the unprotected address http://cdn.example as redirect',
    );
    expect(registry.log).toHaveLength(1);
  });

  it('cannot have the password sent to an unprotected token service', async () => {
    const challenge = 'Bearer realm="http://tokens.example/token",service="x"';
    const registry = await serve({
      tls: TLS,
      intercept: () => ({ status: 401, headers: { 'www-authenticate': challenge } }),
    });
    const client = connect({ ...knowing(registry.host), tuning: { root: trustRoot(registry.host) } });
    await expect(client.listTags(registry.repository)).rejects.toThrow(/http:\/\/tokens\.example as token service/);
    expect(registry.log).toHaveLength(1);
  });
});

describe('answers have an end', () => {
  const endless = 'x'.repeat(5 * 1024 * 1024);
  it.each([
    [
      'a manifest',
      (client: ReturnType<typeof testClient>, host: string) => client.findManifest({ host, name: 'a' }, '1'),
    ],
    ['a list', (client: ReturnType<typeof testClient>, host: string) => client.listTags({ host, name: 'a' })],
  ])('%s that is too large is refused', async (_, ask) => {
    const registry = await serve({ intercept: () => ({ status: 200, body: endless }) });
    await expect(ask(connect(), registry.host)).rejects.toThrow(/sent more than \d+ bytes/);
    expect(registry.log).toHaveLength(1);
  });

  it('a large error is not quoted whole', async () => {
    const registry = await serve({ intercept: () => ({ status: 400, body: endless }) });
    const failed = connect().listTags(registry.repository);
    await expect(failed).rejects.toThrow(/400 Bad Request: x{100}/);
    await expect(failed).rejects.toSatisfy((error: Error) => error.message.length < 1_000);
  });

  it('a token that is too large is refused', async () => {
    const realm: { url?: string } = {};
    const registry = await serve({
      intercept: ({ url }) =>
        url.pathname === '/token'
          ? { status: 200, body: endless }
          : { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm.url ?? ''}"` } },
    });
    realm.url = `http://${registry.host}/token`;
    await expect(connect().listTags(registry.repository)).rejects.toThrow(/sent more than 1048576 bytes/);
  });

  it('redirects in a circle are given up', async () => {
    const registry = await serve({ intercept: () => ({ status: 302, headers: { location: '/v2/again' } }) });
    await expect(connect().getBlob(registry.repository, blob.digest)).rejects.toThrow(/more than 5 redirects/);
    expect(registry.log).toHaveLength(6);
  });

  it('pages in a circle are given up', async () => {
    const link = '</v2/org/a/tags/list?n=1>; rel="next"';
    const registry = await serve({ intercept: () => ({ status: 200, headers: { link }, body: '{"tags":["1"]}' }) });
    await expect(connect().listTags(registry.repository)).rejects.toThrow(/have no end/);
    expect(registry.log).toHaveLength(2);
  });

  it.each(['no\u001b[2J\u0007 way', JSON.stringify({ errors: [{ code: '\u001b[2J', message: 'a\u0000b\nc' }] })])(
    'control characters of an error do not reach the terminal',
    async (body) => {
      const registry = await serve({ intercept: () => ({ status: 400, body }) });
      const failed = connect().listTags(registry.repository);
      await expect(failed).rejects.toSatisfy((error: Error) => !/\p{Cc}/u.test(error.message));
    },
  );
});

/** Root of a file system where the test's certificate is trusted for a host. */
function trustRoot(host: string): string {
  const root = mkdtempSync(join(tmpdir(), 'aimctl-tls-'));
  cleanups.push(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'etc/docker/certs.d', host);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ca.crt'), TLS.cert);
  return root;
}

describe('TLS', () => {
  it('is used on this machine too where the registry speaks it, with certificates that are trusted only', async () => {
    const registry = await serve({ tls: TLS });
    await expect(connect().listTags(registry.repository)).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringContaining(`the certificate of ${registry.host} is not trusted`) as string,
      hint: expect.stringContaining(`/etc/docker/certs.d/${registry.host}/ca.crt`) as string,
    });
    expect(registry.log).toHaveLength(0);
    expect(await connect({ tuning: { root: trustRoot(registry.host) } }).listTags(registry.repository)).toEqual([]);
    const env = { SSL_CERT_FILE: join(FIXTURES, 'server.crt') };
    expect(await connect({ env }).listTags(registry.repository)).toEqual([]);
  });

  it("shows the client's certificate to a registry that asks for it", async () => {
    const registry = await serve({ tls: { ...TLS, ca: TLS.cert } });
    const root = trustRoot(registry.host);
    await expect(connect({ tuning: { root, maxFailures: 1 } }).listTags(registry.repository)).rejects.toMatchObject({
      code: 'remote',
    });
    const folder = join(root, 'etc/docker/certs.d', registry.host);
    writeFileSync(join(folder, 'client.cert'), TLS.cert);
    writeFileSync(join(folder, 'client.key'), TLS.key);
    expect(await connect({ tuning: { root } }).listTags(registry.repository)).toEqual([]);
  });

  it('is not given up for a host elsewhere unless the user says so', async () => {
    const plain = await serve();
    const port = plain.host.split(':')[1];
    // A name of this machine that does not look like one.
    const repository = { host: `[::ffff:127.0.0.1]:${port}`, name: 'org/a' };
    await expect(connect().listTags(repository)).rejects.toMatchObject({
      hint: expect.stringContaining('--insecure') as string,
    });
    expect(plain.log).toHaveLength(0);
    expect(await connect({ insecure: () => true }).listTags(repository)).toEqual([]);
  });
});
