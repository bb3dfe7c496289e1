import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Registry } from '../../src/oci/registry.ts';
import type { AttestOptions } from '../../src/supply-chain/attest.ts';
import { createKeySigner } from '../../src/supply-chain/key-signer.ts';
import type { StatementSigner } from '../../src/supply-chain/signer.ts';
import { push } from './push-setup.ts';
import { plansOf, pushBase, type ModelFolder } from './push-fixtures.ts';

export const COMMIT = 'a'.repeat(40);

/** Options as a person's machine gives them. */
export function attestOptions(signer: StatementSigner | undefined): AttestOptions {
  return {
    version: '0.9.0',
    platform: { builderId: 'https://example.com/builder', invocationId: undefined, repositoryUrl: undefined },
    packages: undefined,
    signer,
  };
}

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly signer: StatementSigner;
}

export function makeKey(namedCurve = 'P-256'): TestKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { privateKey, publicKey: createPublicKey(privateKey), signer: createKeySigner(privateKey) };
}

/** Pushes a base and the folder's models, and returns their references by digest. */
export async function pushImages(registry: Registry, models: ModelFolder, namespace: string): Promise<string[]> {
  const base = `${namespace}/aim-base:0.9`;
  await pushBase(registry, base, 3);
  const results = await push(registry, plansOf(models, { base, registry: namespace, revision: COMMIT }));
  return results.map(({ reference, digest = '' }) => `${reference.slice(0, reference.lastIndexOf(':'))}@${digest}`);
}
