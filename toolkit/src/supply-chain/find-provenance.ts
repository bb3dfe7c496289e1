import { computeDigest } from '../oci/digest.ts';
import { fetchAttached, type Attached, type AttestTarget } from './artifact.ts';
import { fetchBundles } from './bundles.ts';
import { SBOM_TYPE, STATEMENT_TYPE } from './media-types.ts';
import type { StatementSigner } from './signer.ts';
import { findProblems, parseStatement, type StatementFacts } from './statement.ts';

/** What an earlier run attached: a provenance of this image and the SBOM it names. */
export interface EarlierAttestation {
  readonly provenance: Attached;
  readonly sbom: Attached;
}

interface FoundStatement {
  readonly digest: string;
  readonly statement: StatementFacts;
}

/**
 * A complete attestation that is there already, by whichever version of this program, in whichever run.
 * @param signer it has to be signed by; undefined: an unsigned one is enough
 */
export async function findAttestation(
  target: AttestTarget,
  signer: StatementSigner | undefined,
): Promise<EarlierAttestation | undefined> {
  const found = signer === undefined ? await fetchStatements(target) : await fetchSigned(target, signer);
  for (const { digest, statement } of found) {
    const sbom = findProblems(statement, target.facts).length === 0 ? await findSbom(target, statement) : undefined;
    if (sbom !== undefined) return { provenance: { digest, action: 'present' }, sbom };
  }
  return undefined;
}

async function fetchSigned(target: AttestTarget, signer: StatementSigner): Promise<FoundStatement[]> {
  const found: FoundStatement[] = [];
  for (const { digest, bytes, content } of await fetchBundles(target)) {
    if (content !== undefined && (await signer.recognizes(bytes))) found.push({ digest, statement: content.statement });
  }
  return found;
}

/** Statements that are attached without a signature. */
export async function fetchStatements(target: AttestTarget): Promise<FoundStatement[]> {
  return (await fetchAttached(target, STATEMENT_TYPE)).flatMap(({ digest, bytes }) => {
    const statement = parseStatement(bytes);
    return statement === undefined ? [] : [{ digest, statement }];
  });
}

async function findSbom(target: AttestTarget, { sbomDigest }: StatementFacts): Promise<Attached | undefined> {
  const sboms = await fetchAttached(target, SBOM_TYPE);
  const named = sboms.find(({ bytes }) => computeDigest(bytes) === sbomDigest);
  return named && { digest: named.digest, action: 'present' };
}
