import type { Registry } from '../oci/registry.ts';
import { parseReference } from '../oci/reference.ts';
import { attachArtifact, bundleAnnotations, findArtifact, type Attached } from './artifact.ts';
import type { BuildPlatform } from './build-platform.ts';
import { findAttestation } from './find-provenance.ts';
import { fetchImageFacts, nameOf } from './image-facts.ts';
import { BUNDLE_TYPE, SBOM_TYPE, STATEMENT_TYPE } from './media-types.ts';
import type { BundledPackage } from './packages.ts';
import { renderProvenance } from './provenance.ts';
import { renderSbom } from './sbom.ts';
import type { StatementSigner } from './signer.ts';

/** What attestations are made with; the same for all images of a run. */
export interface AttestOptions {
  /** Version of this program. */
  readonly version: string;
  /** Where images are made: who answers for them, and in which run. */
  readonly platform: BuildPlatform;
  /** Packages inside the runtime's executable, for base images; undefined when nothing tells. */
  readonly packages: readonly BundledPackage[] | undefined;
  /** Undefined: the statements are attached without a signature. */
  readonly signer: StatementSigner | undefined;
  /** Only look what is there, and change nothing. */
  readonly isDryRun?: boolean;
}

/** Something that is yet to be attached; its digest follows from a signature that nobody has made. */
export interface Pending {
  readonly digest: null;
  readonly action: 'pending';
}

export interface AttestationResult {
  /** The image by digest. */
  readonly image: string;
  readonly sbom: Attached | Pending;
  /** The provenance statement: inside the signature's bundle when there is one. */
  readonly provenance: Attached | Pending;
  /** Who signed the provenance, which names the SBOM by digest; null when signing is not configured. */
  readonly signer: string | null;
}

const PENDING: Pending = { digest: null, action: 'pending' };

/**
 * Attaches an SBOM and a signed provenance statement to an image in a registry, once per digest: what an earlier
 * run attached is recognised.
 * @param reference an image that aimctl made, best by digest
 * @throws AimError usage for an image of somebody else, remote or environment
 */
export async function attestImage(
  registry: Registry,
  reference: string,
  options: AttestOptions,
): Promise<AttestationResult> {
  const facts = await fetchImageFacts(registry, parseReference(reference));
  const image = nameOf(facts);
  const known = await registry.listReferrers(facts.repository, facts.subject.digest);
  const target = { registry, facts, known };
  const { signer } = options;
  const result = { image, signer: signer?.name ?? null };
  const earlier = await findAttestation(target, signer);
  if (earlier !== undefined) return { ...result, ...earlier };
  const sbom = { type: SBOM_TYPE, bytes: renderSbom(facts, options), annotations: {} };
  if (options.isDryRun === true) return { ...result, sbom: findArtifact(target, sbom) ?? PENDING, provenance: PENDING };
  const statement = renderProvenance(facts, { ...options.platform, version: options.version }, sbom.bytes);
  const attached = await attachArtifact(target, sbom);
  const artifact =
    signer === undefined
      ? { type: STATEMENT_TYPE, bytes: statement, annotations: {} }
      : { type: BUNDLE_TYPE, bytes: await signer.sign(statement), annotations: bundleAnnotations(facts) };
  return { ...result, sbom: attached, provenance: await attachArtifact(target, artifact) };
}

export interface AttestAllOptions extends AttestOptions {
  readonly onAttest: (reference: string) => void;
  readonly onAttested: (reference: string) => void;
}

/** Attests images one after the other, as signing services want it. Fails as {@link attestImage} does. */
export async function attestAll(
  registry: Registry,
  references: readonly string[],
  options: AttestAllOptions,
): Promise<AttestationResult[]> {
  const results: AttestationResult[] = [];
  for (const reference of references) {
    options.onAttest(reference);
    results.push(await attestImage(registry, reference, options));
    options.onAttested(reference);
  }
  return results;
}
