import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCertificates } from './certificates.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aimctl-certificates-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), path);
};
const load = (host: string, env = {}) => loadCertificates({ env, home: join(root, 'home'), root }, host);

it('are taken from the places of docker and podman, for their own host only', () => {
  write('etc/docker/certs.d/r.example:5000/ca.crt');
  write('etc/docker/certs.d/r.example:5000/client.cert');
  write('etc/docker/certs.d/r.example:5000/client.key');
  write('etc/containers/certs.d/r.example:5000/other.crt');
  write('home/.config/containers/certs.d/s.example/ca.crt');
  expect(load('r.example:5000')).toEqual({
    authorities: ['etc/containers/certs.d/r.example:5000/other.crt', 'etc/docker/certs.d/r.example:5000/ca.crt'],
    client: {
      cert: 'etc/docker/certs.d/r.example:5000/client.cert',
      key: 'etc/docker/certs.d/r.example:5000/client.key',
    },
  });
  expect(load('s.example')?.client).toBeUndefined();
  expect(load('r.example')).toBeUndefined();
});

it('need a key with a certificate', () => {
  write('etc/docker/certs.d/r.example/client.cert');
  expect(load('r.example')).toBeUndefined();
});

it('of SSL_CERT_FILE are for every host', () => {
  write('ca.pem');
  expect(load('r.example', { SSL_CERT_FILE: join(root, 'ca.pem') })).toEqual({
    authorities: ['ca.pem'],
    client: undefined,
  });
  expect(() => load('r.example', { SSL_CERT_FILE: join(root, 'none.pem') })).toThrow(
    expect.objectContaining({ code: 'environment', message: expect.stringContaining('none.pem') as string }),
  );
});
