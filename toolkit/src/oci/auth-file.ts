import { readFileSync } from 'node:fs';
import { messageOf, systemCode } from 'aim-runtime/system';
import type { Credential } from './credential.ts';
import { DOCKER_HUB, type Repository } from './reference.ts';

type Entry = Readonly<Record<string, unknown>>;
/** A credential that does not yet say where it is from. */
type Found = Credential extends infer Kind ? (Kind extends unknown ? Omit<Kind, 'source'> : never) : never;

/** The parts of Docker's config.json and podman's auth.json that hold credentials. */
export interface AuthFile {
  readonly auths: Readonly<Record<string, Entry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
}

/** Reads such a file; undefined when there is none. @throws Error when it cannot be read or is no JSON */
export function readAuthFile(path: string): AuthFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const file = asObject(value) ?? {};
    const { credsStore } = file;
    return {
      auths: (asObject(file['auths']) ?? {}) as AuthFile['auths'],
      credHelpers: (asObject(file['credHelpers']) ?? {}) as AuthFile['credHelpers'],
      credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
    };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    // The parser quotes the text around the mistake, which can be a password.
    const reason = error instanceof SyntaxError ? 'it is not valid JSON' : messageOf(error);
    throw new Error(`${path} is not used: ${reason}`, { cause: error });
  }
}

/** Helper program responsible for a registry: its own one, else the general one. Without its prefix. */
export function selectHelper(file: AuthFile, { host }: Repository): string | undefined {
  const own = Object.entries(file.credHelpers).find(([server]) => normalize(server) === host)?.[1];
  const helper = own ?? file.credsStore;
  return typeof helper === 'string' && /^[A-Za-z0-9_.-]+$/.test(helper) ? helper : undefined;
}

/** Credentials written in the file; podman's may be meant for a part of a registry, then the longest one fits best. */
export function selectEntry(file: AuthFile, { host, name }: Repository): Found | undefined {
  const path = `${host}/${name}`;
  const fitting = Object.entries(file.auths)
    .map(([server, entry]) => ({ server: normalize(server), entry }))
    .filter(({ server }) => path === server || path.startsWith(`${server}/`))
    .sort((a, b) => b.server.length - a.server.length);
  for (const { entry } of fitting) {
    const found = parseEntry(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `https://index.docker.io/v1/` -> `docker.io`. */
function normalize(server: string): string {
  const path = server.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(path) ? DOCKER_HUB : path;
}

function parseEntry(entry: unknown): Found | undefined {
  const { identitytoken, registrytoken, auth, username, password } = asObject(entry) ?? {};
  if (isText(registrytoken)) return { kind: 'registry-token', token: registrytoken };
  if (isText(identitytoken)) return { kind: 'identity-token', token: identitytoken };
  if (isText(auth)) {
    const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    if (colon > 0) return { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return isText(username) && isText(password) ? { kind: 'password', username, password } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
