import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../exit-codes.ts';
import type { AttestOptions } from '../supply-chain/attest.ts';
import { readBuildPlatform } from '../supply-chain/build-platform.ts';
import { parseBundledPackages, type BundledPackage } from '../supply-chain/packages.ts';
import type { StatementSigner } from '../supply-chain/signer.ts';
import type { Locations } from './locations.ts';

/** How the user wants provenance to be signed. */
export interface SigningSettings {
  /** Private key, PEM. */
  readonly keyFile: string | undefined;
  /** Undefined: where GitHub Actions hands out identity tokens. */
  readonly keyless: boolean | undefined;
  readonly fulcioUrl: string | undefined;
  readonly rekorUrl: string | undefined;
}

/** What attestations take from the process. */
export interface AttestSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly locations: Pick<Locations, 'root' | 'version'>;
  readonly signal: AbortSignal;
}

const PASSPHRASE_VARIABLE = 'AIMCTL_SIGN_PASSPHRASE';

/** Everything attestImage needs besides the image. @throws AimError usage or environment when nothing can sign */
export async function loadAttestOptions(
  settings: SigningSettings,
  surroundings: AttestSurroundings,
): Promise<AttestOptions> {
  const { root, version } = surroundings.locations;
  return {
    version,
    platform: readBuildPlatform(surroundings.env),
    packages: loadPackages(join(root, 'package-lock.json')),
    signer: await loadSigner(settings, surroundings),
  };
}

async function loadSigner(
  settings: SigningSettings,
  { env, signal }: AttestSurroundings,
): Promise<StatementSigner | undefined> {
  const { keyFile, keyless, fulcioUrl, rekorUrl } = settings;
  if (keyFile !== undefined && keyless === true) {
    throw failure('usage', { message: '--sign-key and --keyless exclude each other', hint: 'Leave one of them out.' });
  }
  if (keyFile !== undefined) {
    const [{ loadSigningKey }, { createKeySigner }] = await Promise.all([
      import('../supply-chain/keys.ts'),
      import('../supply-chain/key-signer.ts'),
    ]);
    const file = { path: keyFile, passphrase: env[PASSPHRASE_VARIABLE], passphraseVariable: PASSPHRASE_VARIABLE };
    return createKeySigner(loadSigningKey(file));
  }
  if (keyless === false) return undefined;
  const { createKeylessSigner, fetchActionsToken, findTokenService } =
    await import('../supply-chain/keyless-signer.ts');
  const service = findTokenService(env);
  if (service === undefined) {
    if (keyless === undefined) return undefined;
    throw failure('environment', {
      message: 'this process has no identity to sign with',
      hint: 'In GitHub Actions give the job the permission id-token: write; elsewhere sign with --sign-key FILE.',
    });
  }
  const getToken = () => fetchActionsToken(service, signal);
  return createKeylessSigner({ fulcioUrl, rekorUrl, getToken, identity: readBuildPlatform(env).builderId });
}

/** Undefined outside of a clone: an installed package has no lock file. */
function loadPackages(lockFile: string): readonly BundledPackage[] | undefined {
  return existsSync(lockFile) ? parseBundledPackages(readFileSync(lockFile, 'utf8')) : undefined;
}
