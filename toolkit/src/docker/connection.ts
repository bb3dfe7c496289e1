import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';
import { AimError, messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { Endpoint } from './endpoint.ts';

const CONNECT_HINT =
  'Start Docker (for example `systemctl start docker`), check that this user may use it ' +
  '(group docker), or name another engine with --host or DOCKER_HOST.';
const DOCKER_PORT = 2375;
const DOCKER_TLS_PORT = 2376;

/**
 * What `connect` makes of the first endpoint for which it succeeds.
 * @throws AimError environment listing what was tried when there is none
 */
export async function connectFirst<Connection>(
  endpoints: readonly Endpoint[],
  connect: (endpoint: Endpoint) => Promise<Connection>,
): Promise<Connection> {
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    try {
      return await connect(endpoint);
    } catch (error) {
      failures.push(`${endpoint.origin} ${endpoint.url}: ${causeText(error)}`);
    }
  }
  const [only] = failures;
  const message =
    only !== undefined && failures.length === 1 ? `no Docker Engine answers: ${only}` : 'no Docker Engine answers';
  throw failure('environment', { message, hint: CONNECT_HINT, details: failures.length > 1 ? failures : [] });
}

function causeText(error: unknown): string {
  return messageOf(error instanceof AimError && error.cause !== undefined ? error.cause : error);
}

/**
 * Connection settings of an endpoint. Every setting is present, if need be as undefined, because the client
 * library would otherwise take it from DOCKER_HOST.
 */
export function connectionOptions({ url, certificates }: Endpoint): DockerOptions {
  const none = { host: undefined, port: undefined, protocol: undefined, socketPath: undefined };
  const socketPath = /^(?:unix|npipe):\/\/(.*)$/.exec(url)?.[1];
  if (socketPath !== undefined) return { ...none, socketPath };
  const parsed = parseUrl(url);
  // Brackets belong to the address, not to the name that is connected to.
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (parsed.protocol === 'ssh:') {
    return {
      ...none,
      protocol: 'ssh',
      host,
      port: parsed.port || 22,
      username: parsed.username,
    };
  }
  const secure = parsed.protocol === 'https:' || certificates !== undefined || parsed.port === String(DOCKER_TLS_PORT);
  const port = parsed.port || (secure ? DOCKER_TLS_PORT : DOCKER_PORT);
  return {
    ...none,
    protocol: secure ? 'https' : 'http',
    host,
    port,
    ...tlsFiles(certificates),
  };
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url.includes('://') ? url : `tcp://${url}`);
  if (parsed !== null && ['tcp:', 'http:', 'https:', 'ssh:'].includes(parsed.protocol)) return parsed;
  throw failure('usage', {
    message: `"${url}" is no address of a Docker Engine`,
    hint: 'Use unix:///path, tcp://HOST:PORT, https://HOST:PORT or ssh://USER@HOST.',
  });
}

function tlsFiles(folder: string | undefined): Record<string, Buffer> {
  if (folder === undefined) return {};
  const files = ['ca', 'cert', 'key'].map((name) => ({ name, path: join(folder, `${name}.pem`) }));
  return Object.fromEntries(
    files.filter(({ path }) => existsSync(path)).map(({ name, path }) => [name, readFileSync(path)]),
  );
}
