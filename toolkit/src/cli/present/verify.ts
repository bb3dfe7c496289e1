import type { Verification } from '../../images/verify.ts';

/** Result of `aimctl verify`. */
export interface VerifyReport {
  /** True when all of them are. */
  readonly verified: boolean;
  readonly images: readonly Verification[];
}

export function renderVerification({ images }: VerifyReport): string {
  return images.map(renderImage).join('\n');
}

function renderImage({ reference, verified, digest, rebuiltDigest, revision, differences }: Verification): string {
  if (verified) return `${reference}  verified  ${digest}  made from ${revision}`;
  return [
    `${reference}  differs`,
    `  registry: ${digest}`,
    `  made again: ${rebuiltDigest}`,
    ...differences.map(({ part, details }) => `  ${part}${details.length > 0 ? `: ${details.join(', ')}` : ''}`),
  ].join('\n');
}
