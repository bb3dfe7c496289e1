import { createHash, type Hash } from 'node:crypto';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True for `sha256:` or `sha512:` with all its hexadecimal digits, which are the algorithms of the specification. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Digest of bytes, `sha256:…`. */
export function computeDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Hash object for the algorithm of a digest. */
export function startDigest(digest: string): Hash {
  return createHash(digest.slice(0, digest.indexOf(':')));
}

/** True when the bytes are those of the digest, by its own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: string): boolean {
  return digest.endsWith(`:${startDigest(digest).update(bytes).digest('hex')}`);
}
