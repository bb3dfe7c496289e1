import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../exit-codes.ts';

/** A place where an engine may listen, and who says so. */
export interface Endpoint {
  /** `unix:///path`, `tcp://host:port`, `http(s)://host:port`, `npipe:…` or `ssh://user@host`. */
  readonly url: string;
  /** For messages: `DOCKER_HOST`, `Docker context "x"`, `default socket`. */
  readonly origin: string;
  /** Folder with ca.pem, cert.pem and key.pem when the engine is reached over TLS. */
  readonly certificates: string | undefined;
}

export interface EndpointSources {
  /** Value of `--host`. */
  readonly host: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number | undefined;
}

type Strategy = (sources: EndpointSources) => Endpoint | undefined;

/** What somebody chose: the first one given is used and no other is tried. */
const CHOSEN: readonly Strategy[] = [fromFlag, fromEnvironment, fromContext];
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Engines to try, in order. One that was chosen stands alone; otherwise every well-known socket that exists. */
export function findEndpoints(sources: EndpointSources): Endpoint[] {
  for (const strategy of CHOSEN) {
    const endpoint = strategy(sources);
    if (endpoint !== undefined) return [endpoint];
  }
  const { env, home, uid } = sources;
  const runtimeFolder = env['XDG_RUNTIME_DIR'] ?? (uid === undefined ? undefined : `/run/user/${uid}`);
  const sockets = [
    { path: DEFAULT_SOCKET, origin: 'default socket' },
    { path: runtimeFolder && join(runtimeFolder, 'docker.sock'), origin: 'rootless engine' },
    { path: join(home, '.docker/run/docker.sock'), origin: 'Docker Desktop' },
    { path: join(home, '.docker/desktop/docker.sock'), origin: 'Docker Desktop' },
  ];
  return sockets.flatMap(({ path, origin }) =>
    path !== undefined && existsSync(path) ? [{ url: `unix://${path}`, origin, certificates: undefined }] : [],
  );
}

function fromFlag({ host, env }: EndpointSources): Endpoint | undefined {
  return host === undefined ? undefined : { url: host, origin: '--host', certificates: certificatesOf(env) };
}

function fromEnvironment({ env }: EndpointSources): Endpoint | undefined {
  const url = env['DOCKER_HOST'];
  return url ? { url, origin: 'DOCKER_HOST', certificates: certificatesOf(env) } : undefined;
}

/** The context that `docker context use` or DOCKER_CONTEXT chose; the one named default stands for the sockets. */
function fromContext({ env, home }: EndpointSources): Endpoint | undefined {
  const folder = env['DOCKER_CONFIG'] ?? join(home, '.docker');
  const name = env['DOCKER_CONTEXT'] ?? read(join(folder, 'config.json'))?.['currentContext'];
  if (typeof name !== 'string' || name === '' || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const endpoints = read(join(folder, 'contexts/meta', id, 'meta.json'))?.['Endpoints'];
  const url = pick(pick(endpoints, 'docker'), 'Host');
  if (typeof url !== 'string') {
    throw failure('environment', {
      message: `the Docker context "${name}" has no endpoint in ${folder}`,
      hint: 'Run `docker context ls` and choose one with `docker context use`, or give --host.',
    });
  }
  const tls = join(folder, 'contexts/tls', id, 'docker');
  return { url, origin: `Docker context "${name}"`, certificates: existsSync(tls) ? tls : undefined };
}

function certificatesOf(env: EndpointSources['env']): string | undefined {
  return env['DOCKER_TLS_VERIFY'] ? env['DOCKER_CERT_PATH'] : undefined;
}

/** The JSON object in a file, or undefined when there is none or it is not readable. */
function read(file: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function pick(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
