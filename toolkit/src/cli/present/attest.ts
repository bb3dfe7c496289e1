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
    `  SBOM: ${renderPart(sbom)}`,
    `  provenance: ${renderPart(provenance)}`,
    signer === null
      ? '  not signed: neither a key nor an identity to sign with'
      : `  ${provenance.action === 'pending' ? 'to be ' : ''}signed by ${signer}`,
  ].join('\n');
}

function renderPart({ action, digest }: AttestationResult['sbom']): string {
  return digest === null ? action : `${action}  ${digest}`;
}
