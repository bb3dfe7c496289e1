import type { KeyObject } from 'node:crypto';
import { messageOf } from 'aim-runtime/system';
import type { Bundle } from '@sigstore/bundle';
import type { TrustMaterial } from '@sigstore/verify';
import { parseBundle } from './bundles.ts';
import { fingerprintOf } from './keys.ts';
import type { StatementFacts } from './statement.ts';

/** Whose signatures count. */
export type Trust =
  | { readonly kind: 'key'; readonly key: KeyObject }
  /** A certificate for exactly this identity, of authorities and logs that are trusted. */
  | {
      readonly kind: 'identity';
      readonly identity: string;
      readonly issuer: string;
      readonly material: TrustMaterial;
    };

export type BundleCheck =
  | { readonly outcome: 'valid'; readonly signer: string; readonly statement: StatementFacts }
  | { readonly outcome: 'invalid'; readonly reason: string };

/** Whether a bundle holds a statement that a trusted signer signed. What the statement says is not looked at. */
export async function checkBundle(bytes: Buffer, trust: Trust): Promise<BundleCheck> {
  const content = await parseBundle(bytes);
  if (content === undefined) return { outcome: 'invalid', reason: 'it is no Sigstore bundle with a statement' };
  try {
    const signer =
      trust.kind === 'key' ? await checkKey(content.bundle, trust.key) : await checkIdentity(content.bundle, trust);
    return { outcome: 'valid', signer, statement: content.statement };
  } catch (error) {
    return { outcome: 'invalid', reason: messageOf(error) };
  }
}

async function checkKey(bundle: Bundle, key: KeyObject): Promise<string> {
  const { toSignedEntity, Verifier } = await import('@sigstore/verify');
  const own = fingerprintOf(key);
  const { content } = bundle.verificationMaterial;
  const hint = content.$case === 'publicKey' ? content.publicKey.hint : undefined;
  // Other tools leave the hint empty or count it differently: only a hint of our form can tell two keys apart.
  if (hint !== undefined && /^[0-9a-f]{64}$/.test(hint) && hint !== own)
    throw new Error(`it was signed with another key, sha256:${hint}`);
  if (hint === undefined) throw new Error('it was signed with a certificate, not with a key');
  const always = () => ({ publicKey: key, validFor: () => true });
  const material = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [], publicKey: always };
  new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle));
  return `key sha256:${own}`;
}

async function checkIdentity(bundle: Bundle, trust: Extract<Trust, { kind: 'identity' }>): Promise<string> {
  const { toSignedEntity, Verifier } = await import('@sigstore/verify');
  if (bundle.verificationMaterial.content.$case === 'publicKey') {
    throw new Error('it was signed with a key, not with a certificate');
  }
  // A trust root without certificate logs belongs to an authority that keeps none.
  const ctlogThreshold = trust.material.ctlogs.length === 0 ? 0 : 1;
  const signer = new Verifier(trust.material, { ctlogThreshold }).verify(toSignedEntity(bundle));
  const identity = signer.identity?.subjectAlternativeName ?? 'nobody';
  const issuer = signer.identity?.extensions?.issuer ?? 'no issuer';
  // Compared here and exactly: the library takes an expected identity for a pattern.
  if (identity !== trust.identity) throw new Error(`it was signed by ${identity}, not by ${trust.identity}`);
  if (issuer !== trust.issuer) throw new Error(`${identity} was attested by ${issuer}, not by ${trust.issuer}`);
  return identity;
}
