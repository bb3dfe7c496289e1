import { createPublicKey, sign as signBytes, type KeyObject } from 'node:crypto';
import { checkBundle } from './check-bundle.ts';
import { createBundle } from './create-bundle.ts';
import { fingerprintOf } from './keys.ts';
import type { StatementSigner } from './signer.ts';

/** Signs with a key of ours; no service is asked. */
export function createKeySigner(key: KeyObject): StatementSigner {
  const publicKey = createPublicKey(key);
  const hint = fingerprintOf(publicKey);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const material = { $case: 'publicKey', publicKey: pem, hint } as const;
  const sign = (data: Buffer) => Promise.resolve({ signature: signBytes('sha256', data, key), key: material });
  return {
    name: `key sha256:${hint}`,
    sign: (statement) => createBundle(statement, { signer: { sign }, witnesses: [] }),
    recognizes: async (bundle) => (await checkBundle(bundle, { kind: 'key', key: publicKey })).outcome === 'valid',
  };
}
