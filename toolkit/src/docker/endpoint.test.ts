import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine } from './client.ts';
import { connectionOptions } from './connection.ts';
import { findEndpoints } from './endpoint.ts';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'home-'))));
afterEach(() => rmSync(home, { recursive: true }));

const find = (env: Record<string, string>, host?: string) => findEndpoints({ host, env, home, uid: 4711 });

function writeContext(name: string, endpoint: string): void {
  const folder = join(home, '.docker/contexts/meta', createHash('sha256').update(name).digest('hex'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: endpoint } } }));
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: name }));
}

describe('findEndpoints', () => {
  it('uses --host before DOCKER_HOST before the current context, and then nothing else', () => {
    writeContext('far', 'tcp://far:2375');
    expect(find({ DOCKER_HOST: 'tcp://env:1' }, 'tcp://flag:1')).toMatchObject([{ url: 'tcp://flag:1' }]);
    expect(find({ DOCKER_HOST: 'tcp://env:1' })).toMatchObject([{ url: 'tcp://env:1', origin: 'DOCKER_HOST' }]);
    expect(find({})).toMatchObject([{ url: 'tcp://far:2375', origin: 'Docker context "far"' }]);
    expect(find({ DOCKER_CONTEXT: 'default' }).every(({ url }) => url.startsWith('unix://'))).toBe(true);
  });

  it('says which context has no endpoint', () => {
    expect(() => find({ DOCKER_CONTEXT: 'gone' })).toThrow(/"gone"/);
  });

  it('finds sockets of rootless engines and Docker Desktop', () => {
    for (const folder of ['run', '.docker/run']) mkdirSync(join(home, folder), { recursive: true });
    for (const file of ['run/docker.sock', '.docker/run/docker.sock']) writeFileSync(join(home, file), '');
    const urls = find({ XDG_RUNTIME_DIR: join(home, 'run') }).map(({ url }) => url);
    expect(urls.slice(-2)).toEqual([`unix://${home}/run/docker.sock`, `unix://${home}/.docker/run/docker.sock`]);
  });
});

describe('DOCKER_TLS_VERIFY', () => {
  const tls = { DOCKER_HOST: 'tcp://gpu1:12376', DOCKER_TLS_VERIFY: '1' };

  it.each([
    { env: { DOCKER_CERT_PATH: '/certs', DOCKER_CONFIG: '/config' }, certificates: () => '/certs' },
    { env: { DOCKER_CERT_PATH: '', DOCKER_CONFIG: '/config' }, certificates: () => '/config' },
    { env: {}, certificates: () => join(home, '.docker') },
  ])('means TLS, with the certificates that $env names', ({ env, certificates }) => {
    for (const endpoints of [find({ ...tls, ...env }), find({ ...tls, ...env }, 'tcp://flag:12376')]) {
      expect(endpoints).toMatchObject([{ certificates: certificates() }]);
      expect(connectionOptions(endpoints[0]!)).toMatchObject({ protocol: 'https', port: '12376' });
    }
  });

  it('means nothing when it is empty', () => {
    const [endpoint] = find({ ...tls, DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '/certs' });
    expect(connectionOptions(endpoint!)).toMatchObject({ protocol: 'http' });
  });
});

describe('connectionOptions', () => {
  const options = (url: string, certificates?: string) => connectionOptions({ url, origin: '', certificates });

  it.each([
    { url: 'unix:///run/x.sock', expected: { socketPath: '/run/x.sock', host: undefined } },
    { url: 'tcp://h:2375', expected: { host: 'h', port: '2375', protocol: 'http', socketPath: undefined } },
    { url: 'h:2376', expected: { host: 'h', port: '2376', protocol: 'https' } },
    { url: 'https://h', expected: { host: 'h', port: 2376, protocol: 'https' } },
    { url: 'tcp://[::1]:2375', expected: { host: '::1', port: '2375', protocol: 'http' } },
    { url: 'ssh://me@[fd00::7]:2222', expected: { host: 'fd00::7', port: '2222', protocol: 'ssh' } },
    { url: 'ssh://me@h', expected: { host: 'h', port: 22, protocol: 'ssh', username: 'me' } },
  ])('understands $url', ({ url, expected }) => {
    expect(options(url)).toMatchObject(expected);
  });

  it('reads the certificates that are there', () => {
    writeFileSync(join(home, 'ca.pem'), 'CA');
    expect(options('tcp://h', home)).toMatchObject({ protocol: 'https', ca: Buffer.from('CA') });
  });

  it('refuses other addresses', () => {
    expect(() => options('ftp://h')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('connectEngine', () => {
  it('lists what it tried when nothing answers', async () => {
    const dead = ['one', 'two'].map((origin) => ({
      url: `unix://${home}/${origin}.sock`,
      origin,
      certificates: undefined,
    }));
    await expect(connectEngine(dead)).rejects.toMatchObject({
      code: 'environment',
      details: [expect.stringMatching(/^one .*ENOENT/), expect.stringMatching(/^two .*ENOENT/)],
    });
    await expect(connectEngine([])).rejects.toMatchObject({ code: 'environment', message: 'no Docker Engine answers' });
  });
});
