import { computeDigest } from '../oci/digest.ts';
import type { Registry } from '../oci/registry.ts';
import { fetchAttached, type AttestTarget } from './artifact.ts';
import { fetchBundles } from './bundles.ts';
import { checkBundle, type Trust } from './check-bundle.ts';
import { fetchStatements } from './find-provenance.ts';
import type { ImageSubject } from './image-facts.ts';
import { SBOM_TYPE } from './media-types.ts';
import { readSbomSubject } from './sbom.ts';
import { findProblems, type StatementFacts } from './statement.ts';

/** `unchecked`: something is there, but nobody said whom to trust. */
export const CHECK_STATES = ['valid', 'absent', 'unchecked', 'invalid'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

export interface PartCheck {
  readonly state: CheckState;
  /** Why it is invalid, one line each. */
  readonly problems: readonly string[];
}

/** What is attached to an image, held against the image itself and against who is trusted. */
export interface AttestationCheck {
  /** False when something attached is wrong, or, where a signer is demanded, missing. */
  readonly passed: boolean;
  readonly signature: PartCheck & { readonly signer: string | null };
  readonly provenance: PartCheck & { readonly builder: string | null; readonly commit: string | null };
  /** With the digest of the referrer that holds it, as `attest` tells it. */
  readonly sbom: PartCheck & { readonly digest: string | null };
}

type SignatureCheck = AttestationCheck['signature'] & { readonly statement: StatementFacts | undefined };

/**
 * Checks signature, provenance and SBOM of an image.
 * @param trust undefined: only what the documents say is checked, and nothing has to be there
 * @throws AimError remote
 */
export async function checkAttestations(
  registry: Registry,
  facts: ImageSubject,
  trust: Trust | undefined,
): Promise<AttestationCheck> {
  const known = await registry.listReferrers(facts.repository, facts.subject.digest);
  const target = { registry, facts, known };
  const { statement: signed, ...signature } = await checkSignature(target, trust);
  const unsigned = await fetchStatements(target);
  const statement = preferAbout(signed === undefined ? unsigned : [{ statement: signed }, ...unsigned], facts);
  const provenance = checkProvenance(facts, statement);
  const sbom = await checkSbom(target, statement);
  const parts = [signature, provenance, sbom];
  const isComplete = parts.every(({ state }) => state === 'valid');
  const passed = trust === undefined ? parts.every(({ state }) => state !== 'invalid') : isComplete;
  return { passed, signature, provenance, sbom };
}

/** One good signature is enough: others may attach what they like. */
async function checkSignature(target: AttestTarget, trust: Trust | undefined): Promise<SignatureCheck> {
  const bundles = await fetchBundles(target);
  const none = { signer: null, problems: [], statement: undefined };
  if (bundles.length === 0) return { ...none, state: 'absent' };
  if (trust === undefined) {
    const readable = bundles.flatMap(({ content }) => content ?? []);
    return { ...none, state: 'unchecked', statement: preferAbout(readable, target.facts) };
  }
  const problems: string[] = [];
  for (const { digest, bytes } of bundles) {
    const check = await checkBundle(bytes, trust);
    const wrong = check.outcome === 'valid' ? findProblems(check.statement, target.facts) : [check.reason];
    if (check.outcome === 'valid' && wrong.length === 0) {
      return { state: 'valid', signer: check.signer, problems: [], statement: check.statement };
    }
    problems.push(...wrong.map((problem) => `${digest}: ${problem}`));
  }
  return { ...none, state: 'invalid', problems };
}

/** Others may attach what they like: a statement that fits the image, or else any, for its problems to be told. */
function preferAbout(
  candidates: readonly { readonly statement: StatementFacts }[],
  facts: ImageSubject,
): StatementFacts | undefined {
  const fitting = candidates.find(({ statement }) => findProblems(statement, facts).length === 0);
  return (fitting ?? candidates[0])?.statement;
}

function checkProvenance(facts: ImageSubject, statement: StatementFacts | undefined): AttestationCheck['provenance'] {
  if (statement === undefined) return { state: 'absent', problems: [], builder: null, commit: null };
  const problems = findProblems(statement, facts);
  const { builderId = null, commit = null } = statement;
  return { state: problems.length === 0 ? 'valid' : 'invalid', problems, builder: builderId, commit };
}

/** The SBOM the provenance names, or else any that is about the image. */
async function checkSbom(
  target: AttestTarget,
  statement: StatementFacts | undefined,
): Promise<AttestationCheck['sbom']> {
  const problems: string[] = [];
  for (const { digest: referrer, bytes } of await fetchAttached(target, SBOM_TYPE)) {
    const digest = computeDigest(bytes);
    if (statement?.sbomDigest !== undefined && statement.sbomDigest !== digest) {
      problems.push(`${referrer}: it is not the one the provenance names, ${statement.sbomDigest}`);
    } else if (readSbomSubject(bytes) !== target.facts.subject.digest) {
      problems.push(`${referrer}: it is about another image, or no CycloneDX document`);
    } else return { state: 'valid', problems: [], digest: referrer };
  }
  return { state: problems.length === 0 ? 'absent' : 'invalid', problems, digest: null };
}
