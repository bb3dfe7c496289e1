import { verifyImage, type Verification, type VerifyOptions } from '../images/verify.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Trust } from './check-bundle.ts';
import { checkAttestations, type AttestationCheck } from './check-attestations.ts';
import { fetchImageSubject, nameOf } from './image-facts.ts';

/** An image in a registry, held against its sources and against what is attached to it. */
export interface PublishedVerification extends Omit<Verification, 'rebuiltDigest'> {
  /** True when nothing that was checked is wrong. */
  readonly verified: boolean;
  /** Null when it was not made again. */
  readonly rebuiltDigest: string | null;
  readonly attestations: AttestationCheck;
}

export interface PublishedOptions {
  /** How to make the image again; undefined: it is not. */
  readonly rebuild: VerifyOptions | undefined;
  /** Whose signature has to be there; undefined: none has to. */
  readonly trust: Trust | undefined;
}

/** @throws AimError usage for an image of somebody else, check-failed for one that cannot be made again, remote */
export async function verifyPublished(
  registry: Registry,
  text: string,
  { rebuild, trust }: PublishedOptions,
): Promise<PublishedVerification> {
  const image = await fetchImageSubject(registry, parseReference(text));
  const attestations = await checkAttestations(registry, image, trust);
  const { record, subject } = image;
  const known = {
    reference: text,
    digest: subject.digest,
    revision: record.revision,
    base: `${record.base}@${record.baseDigest}`,
  };
  if (rebuild === undefined) {
    return { ...known, verified: attestations.passed, rebuiltDigest: null, differences: [], attestations };
  }
  // By digest: what is made again is what was checked above, also when its tag moves meanwhile.
  const rebuilt = await verifyImage(registry, nameOf(image), rebuild);
  return { ...rebuilt, reference: text, verified: rebuilt.verified && attestations.passed, attestations };
}

export interface VerifyAllOptions extends PublishedOptions {
  readonly onVerify: (reference: string) => void;
  readonly onVerified: (reference: string, verified: boolean) => void;
}

/** Verifies images one after the other. Fails as {@link verifyPublished} does. */
export async function verifyAll(
  registry: Registry,
  references: readonly string[],
  options: VerifyAllOptions,
): Promise<PublishedVerification[]> {
  const results: PublishedVerification[] = [];
  for (const reference of references) {
    options.onVerify(reference);
    const result = await verifyPublished(registry, reference, options);
    options.onVerified(reference, result.verified);
    results.push(result);
  }
  return results;
}
