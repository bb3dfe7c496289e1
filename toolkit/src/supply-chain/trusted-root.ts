import { readFileSync } from 'node:fs';
import { messageOf } from 'aim-runtime/system';
import type { TrustMaterial } from '@sigstore/verify';
import { failure } from '../exit-codes.ts';

/**
 * Reads a trusted root of Sigstore (trusted_root.json): authorities and logs whose signatures count.
 * @throws AimError environment when it cannot be read, usage when it is none
 */
export async function loadTrustedRoot(path: string): Promise<TrustMaterial> {
  const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import('@sigstore/protobuf-specs'),
    import('@sigstore/verify'),
  ]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw failure('environment', { message: `cannot read the trusted root ${path}: ${messageOf(error)}` });
  }
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    if (root.certificateAuthorities.length === 0 || root.tlogs.length === 0) {
      throw new Error('it names no certificate authority or no transparency log');
    }
    return toTrustMaterial(root);
  } catch (error) {
    throw failure('usage', {
      message: `${path} is no trusted root: ${messageOf(error)}`,
      hint: 'For Sigstore itself it is the file trusted_root.json of its TUF repository, for example: cosign trusted-root create.',
      cause: error,
    });
  }
}
