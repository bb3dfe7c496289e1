import { BlockList, isIP } from 'node:net';
import { failure } from '../exit-codes.ts';

/** Networks no server outside them may send this program to. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}

/** True for this machine itself. `hostname` as in a URL. */
export function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return address === '::1' || address.startsWith('127.');
  return /(?:^|\.)localhost$/.test(address);
}

/**
 * The address a server at `from` sends this program to: a redirect, an upload's location, a token service.
 * It may neither lower the protection of the connection nor lead from outside into a private network.
 * @param what for messages: `redirect`, `upload location`
 * @throws AimError remote
 */
export function checkTarget(from: URL, address: string, what: string): URL {
  const url = URL.parse(address, from.href);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refused(from, what, 'no HTTP address');
  if (url.username !== '' || url.password !== '') throw refused(from, what, 'an address with credentials in it');
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    // A registry behind a proxy that ends TLS often takes its own address for plain HTTP.
    if (url.hostname !== from.hostname) throw refused(from, what, `the unprotected address http://${url.host}`);
    url.protocol = 'https:';
    if (url.port === '80' || url.port === '') url.port = from.port;
  }
  if (url.hostname !== from.hostname && isPrivate(url.hostname) && !isPrivate(from.hostname))
    throw refused(from, what, `${url.host}, an address in a private network`);
  return url;
}

function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family === 0 ? isLoopback(hostname) : PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function refused(from: URL, what: string, why: string): Error {
  return failure('remote', {
    message: `${from.host} names ${why} as ${what}; this is not followed`,
    hint: 'A registry that is set up wrongly, or somebody on the way to it, can be the reason.',
  });
}
