import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { HostCertificates } from './transport.ts';

export interface CertificateSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `/` except in tests. */
  readonly root: string;
}

/**
 * Certificates for a registry from where container tools keep them: a folder named after the host below
 * `certs.d`, with authorities in `*.crt` and a client's certificate and key in `*.cert` and `*.key`; besides
 * those of SSL_CERT_FILE. Undefined when there are none.
 * @throws AimError environment for one that cannot be read
 */
export function loadCertificates(sources: CertificateSources, host: string): HostCertificates | undefined {
  const folders = [
    join(sources.home, '.config/containers/certs.d'),
    join(sources.root, 'etc/containers/certs.d'),
    join(sources.root, 'etc/docker/certs.d'),
  ].map((folder) => join(folder, host));
  const files = folders.flatMap(list);
  const general = sources.env['SSL_CERT_FILE'];
  const authorities = [...files.filter((file) => file.endsWith('.crt')), ...(general ? [general] : [])].map(read);
  const cert = files.find((file) => file.endsWith('.cert'));
  const key = cert?.replace(/\.cert$/, '.key');
  const client = cert && key && files.includes(key) ? { cert: read(cert), key: read(key) } : undefined;
  return authorities.length > 0 || client !== undefined ? { authorities, client } : undefined;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw failure('environment', {
      message: `cannot read the certificate ${file}: ${messageOf(error)}`,
      hint: 'Make it readable, or take it away where it is named.',
      cause: error,
    });
  }
}
