import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { failure } from '../exit-codes.ts';
import type { Trust } from '../supply-chain/check-bundle.ts';

/** Who vouches for the identities of GitHub Actions. */
const ACTIONS_ISSUER = 'https://token.actions.githubusercontent.com';

/** Whose signature is demanded. */
export const trustFlags = {
  key: Flags.string({
    helpValue: 'FILE',
    description: 'Demand a signature by this public key (PEM, ECDSA P-256).',
    env: 'AIMCTL_KEY',
  }),
  'certificate-identity': Flags.string({
    helpValue: 'URI',
    description: 'Demand a keyless signature by exactly this identity; needs --trusted-root.',
    env: 'AIMCTL_CERTIFICATE_IDENTITY',
  }),
  'certificate-oidc-issuer': Flags.string({
    helpValue: 'URL',
    default: ACTIONS_ISSUER,
    description: 'Who vouches for that identity.',
    env: 'AIMCTL_CERTIFICATE_OIDC_ISSUER',
  }),
  'trusted-root': Flags.string({
    helpValue: 'FILE',
    description: "Sigstore's trusted_root.json: certificate authorities and logs that count.",
    env: 'AIMCTL_TRUSTED_ROOT',
  }),
};

interface TrustFlags {
  readonly key: string | undefined;
  readonly 'certificate-identity': string | undefined;
  readonly 'certificate-oidc-issuer': string;
  readonly 'trusted-root': string | undefined;
}

/** Undefined when no signature is demanded. @throws AimError usage or environment */
export async function loadTrust(flags: TrustFlags): Promise<Trust | undefined> {
  const identity = flags['certificate-identity'];
  const root = flags['trusted-root'];
  if (flags.key !== undefined && (identity ?? root) !== undefined) {
    throw failure('usage', {
      message: '--key excludes --certificate-identity and --trusted-root',
      hint: 'A signature is made with a key or with a certificate.',
    });
  }
  if ((identity === undefined) !== (root === undefined)) {
    throw failure('usage', {
      message: '--certificate-identity and --trusted-root need each other',
      hint: 'Get the trusted root of Sigstore, for example with: cosign trusted-root create --out trusted_root.json',
    });
  }
  if (flags.key !== undefined) {
    const { loadVerificationKey } = await import('../supply-chain/keys.ts');
    return { kind: 'key', key: loadVerificationKey(resolve(flags.key)) };
  }
  if (identity === undefined || root === undefined) return undefined;
  const { loadTrustedRoot } = await import('../supply-chain/trusted-root.ts');
  const material = await loadTrustedRoot(resolve(root));
  return { kind: 'identity', identity, issuer: flags['certificate-oidc-issuer'], material };
}
