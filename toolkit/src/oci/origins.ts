import { connect } from 'node:tls';
import { DOCKER_HUB } from './reference.ts';
import { isLoopback } from './targets.ts';

/** Finds the address of a registry's API, `https://HOST` or `http://HOST`. */
export type FindOrigin = (host: string) => Promise<URL>;

export interface OriginOptions {
  /** Hosts besides this machine that may be spoken to without TLS. */
  readonly insecure: (host: string) => boolean;
  /** True when a server speaks TLS. */
  readonly speaksTls: (address: { readonly hostname: string; readonly port: number }) => Promise<boolean>;
}

const HUB_API = 'https://registry-1.docker.io';
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const HANDSHAKE_TIMEOUT_MS = 3_000;

/**
 * TLS for every registry; plain HTTP only on this machine and where the user allowed it, and even there only
 * when the server does not speak TLS.
 */
export function createOriginFinder({ insecure, speaksTls }: OriginOptions): FindOrigin {
  const known = new Map<string, Promise<URL>>();
  const find = async (host: string) => {
    if (host === DOCKER_HUB) return new URL(HUB_API);
    const secure = new URL(`https://${host}`);
    if (!isLoopback(secure.hostname) && !insecure(host)) return secure;
    const plain = new URL(`http://${host}`);
    // A URL forgets the port that belongs to its scheme.
    const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 0) || undefined;
    if (port === HTTP_PORT) return plain;
    const hostname = secure.hostname.replace(/^\[(.*)\]$/, '$1');
    return (await speaksTls({ hostname, port: port ?? HTTPS_PORT })) ? secure : plain;
  };
  return (host) => {
    const origin = known.get(host) ?? find(host);
    known.set(host, origin);
    return origin;
  };
}

/** Begins a TLS handshake and gives it up again. Sends no request; certificates are checked later. */
export function speaksTls(address: { readonly hostname: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const { hostname: host, port } = address;
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: HANDSHAKE_TIMEOUT_MS });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
