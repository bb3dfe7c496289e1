import type { AttestationResult } from '../../supply-chain/attest.ts';

/** Result of `aimctl attest`. */
export interface AttestReport {
  readonly images: readonly AttestationResult[];
}

export function renderAttestation({ images }: AttestReport): string {
  return images.map(renderImage).join('\n');
}

function renderImage({ image, sbom, provenance, signer }: AttestationResult): string {
  return [
    image,
    `  SBOM: ${sbom.action}  ${sbom.digest}`,
    `  provenance: ${provenance.action}  ${provenance.digest}`,
    signer === null ? '  not signed: neither a key nor an identity to sign with' : `  signed by ${signer}`,
  ].join('\n');
}
