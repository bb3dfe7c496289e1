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
  /** Folder for ca.pem, cert.pem and key.pem when the engine is reached over TLS; those that are there are used. */
  readonly certificates: string | undefined;
}

export interface EndpointSources {
  /** Value of `--host`. */
  readonly host: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number | undefined;
}

type ConfigSources = Pick<EndpointSources, 'env' | 'home'>;
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

function fromFlag(sources: EndpointSources): Endpoint | undefined {
  const { host } = sources;
  return host === undefined ? undefined : { url: host, origin: '--host', certificates: certificatesOf(sources) };
}

function fromEnvironment(sources: EndpointSources): Endpoint | undefined {
  const url = sources.env['DOCKER_HOST'];
  return url ? { url, origin: 'DOCKER_HOST', certificates: certificatesOf(sources) } : undefined;
}

/** The context that `docker context use` or DOCKER_CONTEXT chose; the one named default stands for the sockets. */
function fromContext({ env, home }: EndpointSources): Endpoint | undefined {
  const folder = configFolder({ env, home });
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

/** Where Docker's own client looks for certificates; undefined when TLS was not asked for. */
function certificatesOf({ env, home }: ConfigSources): string | undefined {
  return env['DOCKER_TLS_VERIFY'] ? env['DOCKER_CERT_PATH'] || configFolder({ env, home }) : undefined;
}

function configFolder({ env, home }: ConfigSources): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
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
