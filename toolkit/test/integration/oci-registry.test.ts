import { createPrivateKey, randomBytes, randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Access } from '../../src/oci/access.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import { describeRegistryContract } from '../lib/oci-contract.ts';
import { startCuttingProxy } from '../lib/oci-cutting-proxy.ts';
import { findRegistryProgram, startRealRegistry } from '../lib/oci-real-registry.ts';
import { startTokenServer } from '../lib/oci-token-server.ts';

const isThere = await findRegistryProgram();

const TLS = join(import.meta.dirname, '../fixtures/tls');
const USERNAME = 'alice';
const PASSWORD = 'test-password';
/** The line for this user in an htpasswd file. */
const HTPASSWD = `${USERNAME}:$2b$04$5WsXsFAk/C2r1Bc32WtZYOxkDRHvuMuc/7Abd5U5wlBLAcgC3qpwi\n`;
const blob = bytesSource(Buffer.from('content'));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function connect(host: string, password: string | undefined) {
  const explicit = password === undefined ? undefined : { host, username: USERNAME, password };
  const client = testClient({ explicit });
  cleanups.push(() => client.close());
  return client;
}

describe.skipIf(!isThere)('on this machine', () => {
  describeRegistryContract("Debian's docker-registry", () => startRealRegistry());

  it('a registry with passwords takes the right one only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aimctl-htpasswd-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'htpasswd');
    writeFileSync(path, HTPASSWD);
    const registry = await startRealRegistry({ auth: { htpasswd: { realm: 'test', path } } });
    cleanups.push(() => registry.stop());
    const { host } = registry;
    const repository = { host, name: 'org/a' };
    await connect(host, PASSWORD).uploadBlob(repository, blob);
    expect(await connect(host, PASSWORD).headBlob(repository, blob.digest)).toBe(blob.sizeBytes);
    await expect(connect(host, 'wrong').listTags(repository)).rejects.toMatchObject({ code: 'remote' });
    await expect(connect(host, undefined).listTags(repository)).rejects.toMatchObject({ code: 'environment' });
  });

  it('a registry with a token service grants what the tokens say, mounts across repositories included', async () => {
    const tokens = await startTokenServer({ users: { [USERNAME]: PASSWORD }, mint });
    cleanups.push(() => tokens.stop());
    const rootcertbundle = join(TLS, 'server.crt');
    const auth = { token: { realm: tokens.url, service: 'test', issuer: 'aimctl-test', rootcertbundle } };
    const registry = await startRealRegistry({ auth });
    cleanups.push(() => registry.stop());
    const { host } = registry;
    const [base, model] = [
      { host, name: 'org/base' },
      { host, name: 'org/model' },
    ];
    const client = connect(host, PASSWORD);
    await client.uploadBlob(base, blob);
    expect(await client.mountBlob(model, base, blob.digest)).toEqual({ outcome: 'mounted' });
    expect(await client.headBlob(model, blob.digest)).toBe(blob.sizeBytes);
    expect(await client.deleteBlob(model, blob.digest)).toBe('deleted');
    expect(tokens.log).toHaveLength(3);
    expect(await client.ping(host)).toEqual({ scheme: 'bearer', credentialSource: 'the command line' });
    const anonymous = connect(host, undefined);
    expect(await anonymous.headBlob(base, blob.digest)).toBe(blob.sizeBytes);
    await expect(anonymous.uploadBlob(base, blob)).rejects.toMatchObject({ code: 'environment' });
  });

  it('an upload whose connections are cut again and again arrives', async () => {
    const registry = await startRealRegistry();
    cleanups.push(() => registry.stop());
    const proxy = await startCuttingProxy(registry.host, [100, 40_000, 300, 70_000, 500_000]);
    cleanups.push(() => proxy.stop());
    const client = testClient({ tuning: { chunkBytes: 100_000 } });
    cleanups.push(() => client.close());
    const repository = { host: proxy.host, name: 'org/a' };
    const large = bytesSource(randomBytes(1_000_000));
    await client.uploadBlob(repository, large);
    const small = bytesSource(randomBytes(90_000));
    await client.uploadBlob(repository, small);
    expect(proxy.cuts()).toBeGreaterThan(1);
    for (const { digest, sizeBytes } of [large, small])
      expect(await client.headBlob({ ...repository, host: registry.host }, digest)).toBe(sizeBytes);
  });
});

/** A token as docker-registry checks it. @see https://distribution.github.io/distribution/spec/auth/jwt/ */
function mint(access: readonly Access[]): string {
  const certificate = new X509Certificate(readFileSync(join(TLS, 'server.crt')));
  const key = createPrivateKey(readFileSync(join(TLS, 'server.key')));
  const nowS = Math.floor(Date.now() / 1_000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate.raw.toString('base64')] };
  const times = { iat: nowS, nbf: nowS - 10, exp: nowS + 300 };
  const claims = { iss: 'aimctl-test', sub: USERNAME, aud: 'test', jti: randomUUID(), ...times, access };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
