import { Flags } from '@oclif/core';
import type { SigningSettings } from './attestation.ts';

/** How provenance is signed. */
export const signingFlags = {
  'sign-key': Flags.string({
    helpValue: 'FILE',
    description: 'Sign with this private key (PEM, ECDSA P-256); its passphrase is read from AIMCTL_SIGN_PASSPHRASE.',
    env: 'AIMCTL_SIGN_KEY',
  }),
  keyless: Flags.boolean({
    allowNo: true,
    description: 'Sign with the identity of the GitHub Actions job; default where the job may have identity tokens.',
    env: 'AIMCTL_KEYLESS',
  }),
  'fulcio-url': Flags.string({
    helpValue: 'URL',
    description: "Certificate authority for --keyless instead of Sigstore's public one.",
    env: 'AIMCTL_FULCIO_URL',
  }),
  'rekor-url': Flags.string({
    helpValue: 'URL',
    description: "Transparency log for --keyless instead of Sigstore's public one.",
    env: 'AIMCTL_REKOR_URL',
  }),
};

interface SigningFlags {
  readonly 'sign-key': string | undefined;
  readonly keyless: boolean | undefined;
  readonly 'fulcio-url': string | undefined;
  readonly 'rekor-url': string | undefined;
}

export function toSigningSettings(flags: SigningFlags): SigningSettings {
  return {
    keyFile: flags['sign-key'],
    keyless: flags.keyless,
    fulcioUrl: flags['fulcio-url'],
    rekorUrl: flags['rekor-url'],
  };
}
