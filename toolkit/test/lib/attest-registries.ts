import type { KeyObject } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import type { AttestTarget } from '../../src/supply-chain/artifact.ts';
import { checkAttestations, type AttestationCheck } from '../../src/supply-chain/check-attestations.ts';
import { fetchImageFacts, type ImageFacts } from '../../src/supply-chain/image-facts.ts';
import { pushImages } from './attest-setup.ts';
import { testClient } from './oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from './oci-fake-registry.ts';
import { findRegistryProgram, startRealRegistry, type RunningRegistry } from './oci-real-registry.ts';
import type { ModelFolder } from './push-fixtures.ts';

type StartRegistry = () => Promise<RunningRegistry | FakeRegistry>;

const hasRegistry = await findRegistryProgram();

/** Name, whether it is missing here, and how it is started. Debian's knows no referrers API: a fallback tag has all. */
export const REGISTRIES: [string, boolean, StartRegistry][] = [
  ["Debian's docker-registry", !hasRegistry, () => startRealRegistry()],
  ['a registry with the referrers API', false, () => startFakeRegistry()],
];

/** A registry of one test, with two images by digest. */
export interface AttestRegistry {
  readonly client: Registry;
  readonly first: string;
  readonly second: string;
  factsOf(reference: string): Promise<ImageFacts>;
  referrersOf(reference: string): Promise<readonly Descriptor[]>;
  targetOf(reference: string): Promise<AttestTarget>;
  /** @param publicKey whose signature has to be there; undefined: none has to */
  check(reference: string, publicKey?: KeyObject): Promise<AttestationCheck>;
}

/** Starts a registry before each test of a `describe` and ends it after; its fields are to be read inside of tests. */
export function useRegistry(models: ModelFolder, start: StartRegistry, skipped: boolean): AttestRegistry {
  let registry: RunningRegistry | FakeRegistry;
  let client: Registry;
  let images: string[] = [];
  beforeEach(async () => {
    if (skipped) return;
    registry = await start();
    client = testClient();
    images = await pushImages(client, models, `${registry.host}/org`);
  });
  afterEach(async () => {
    if (skipped) return;
    client.close();
    await registry.stop();
  });
  const used: AttestRegistry = {
    get client() {
      return client;
    },
    get first() {
      return images[0] ?? '';
    },
    get second() {
      return images[1] ?? '';
    },
    factsOf: (reference) => fetchImageFacts(client, parseReference(reference)),
    referrersOf: async (reference) => {
      const { repository, subject } = await used.factsOf(reference);
      return client.listReferrers(repository, subject.digest);
    },
    targetOf: async (reference) => ({
      registry: client,
      facts: await used.factsOf(reference),
      known: await used.referrersOf(reference),
    }),
    check: async (reference, publicKey) =>
      checkAttestations(client, await used.factsOf(reference), publicKey && { kind: 'key', key: publicKey }),
  };
  return used;
}

/** States of signature, provenance and SBOM. */
export function statesOf({ signature, provenance, sbom }: AttestationCheck): string[] {
  return [signature.state, provenance.state, sbom.state];
}
