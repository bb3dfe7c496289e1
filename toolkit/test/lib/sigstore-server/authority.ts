import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, der, integer, octets, oid, sequence, set, text, time, yes } from './der.ts';

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const NAME = sequence(set(sequence(oid('2.5.4.3'), text('test authority'))));
/** Extension in which certificates name who vouched for the identity. */
const ISSUER_EXTENSION = '1.3.6.1.4.1.57264.1.8';
const LIFE_MS = 10 * 60_000;

/** A certificate authority: its own certificate, and certificates for keys of identities. */
export interface Authority {
  readonly certificate: Buffer;
  issue(publicKey: KeyObject, identity: { readonly uri: string; readonly issuer: string }): Buffer;
}

export function createAuthority(): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certify = (key: KeyObject, subject: Buffer, extensions: readonly Buffer[]): Buffer => {
    const now = Date.now();
    const toBeSigned = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ECDSA_SHA256,
      NAME,
      sequence(time(new Date(now - 60_000)), time(new Date(now + LIFE_MS))),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    return sequence(toBeSigned, ECDSA_SHA256, bits(sign('sha256', toBeSigned, privateKey)));
  };
  const isAuthority = extension('2.5.29.19', true, sequence(yes));
  const mayCertify = extension('2.5.29.15', true, bits(Buffer.from([0b100]), 2));
  return {
    certificate: certify(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), NAME, [
      isAuthority,
      mayCertify,
    ]),
    issue: (key, { uri, issuer }) =>
      certify(key, sequence(), [
        extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)),
        extension('2.5.29.17', true, sequence(der(0x86, Buffer.from(uri)))),
        extension(ISSUER_EXTENSION, false, text(issuer)),
      ]),
  };
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), octets(value));
}
