import type { AttestationCheck, PartCheck } from '../../supply-chain/check-attestations.ts';
import type { PublishedVerification } from '../../supply-chain/verify-published.ts';

/** Result of `aimctl verify`. */
export interface VerifyReport {
  /** True when all of them are. */
  readonly verified: boolean;
  readonly images: readonly PublishedVerification[];
}

export function renderVerification({ images }: VerifyReport): string {
  return images.map(renderImage).join('\n');
}

function renderImage(image: PublishedVerification): string {
  const { reference, verified, digest, rebuiltDigest, revision, differences, attestations } = image;
  const isSame = rebuiltDigest === null || rebuiltDigest === digest;
  return [
    `${reference}  ${verified ? 'verified' : isSame ? 'not verified' : 'differs'}  ${digest}  made from ${revision}`,
    ...(isSame ? [] : [`  registry: ${digest}`, `  made again: ${rebuiltDigest}`]),
    ...differences.map(({ part, details }) => `  ${part}${details.length > 0 ? `: ${details.join(', ')}` : ''}`),
    ...renderAttestations(attestations),
  ].join('\n');
}

function renderAttestations({ signature, provenance, sbom }: AttestationCheck): string[] {
  return [
    ...renderPart('signature', signature, signature.signer === null ? '' : ` by ${signature.signer}`),
    ...renderPart('provenance', provenance, provenance.builder === null ? '' : ` by ${provenance.builder}`),
    ...renderPart('SBOM', sbom, sbom.digest === null ? '' : ` ${sbom.digest}`),
  ];
}

const WORDS: Readonly<Record<PartCheck['state'], string>> = {
  valid: 'valid',
  absent: 'not there',
  unchecked: 'there, but not checked: say whom to trust with --key or --certificate-identity',
  invalid: 'not valid',
};

function renderPart(name: string, { state, problems }: PartCheck, facts: string): string[] {
  return [`  ${name}: ${WORDS[state]}${facts}`, ...problems.map((problem) => `    ${problem}`)];
}
