import { X509Certificate } from 'node:crypto';
import { messageOf } from 'aim-runtime/system';
import { parseBundle } from './bundles.ts';
import { createBundle } from './create-bundle.ts';
import type { StatementSigner } from './signer.ts';

export interface KeylessOptions {
  /** Certificate authority; the public one of Sigstore when undefined. */
  readonly fulcioUrl: string | undefined;
  /** Transparency log; the public one of Sigstore when undefined. */
  readonly rekorUrl: string | undefined;
  /** Gives a token of the pipeline's identity provider, for the audience `sigstore`. */
  readonly getToken: () => Promise<string>;
  /** Identity the certificate will be for: `https://github.com/ORG/REPO/.github/workflows/FILE@REF`. */
  readonly identity: string;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 3;

/** Signs with a certificate of minutes for the pipeline's own identity, and has the signature logged. */
export async function createKeylessSigner(options: KeylessOptions): Promise<StatementSigner> {
  const { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL, FulcioSigner, RekorWitness } = await import('@sigstore/sign');
  const { fulcioUrl = DEFAULT_FULCIO_URL, rekorUrl = DEFAULT_REKOR_URL, getToken, identity } = options;
  const fetching = { timeout: TIMEOUT_MS, retry: RETRIES };
  return {
    name: identity,
    sign: (statement) =>
      createBundle(statement, {
        signer: new FulcioSigner({ fulcioBaseURL: fulcioUrl, identityProvider: { getToken }, ...fetching }),
        witnesses: [new RekorWitness({ rekorBaseURL: rekorUrl, ...fetching })],
      }),
    recognizes: (bundle) => isSignedBy(bundle, identity),
  };
}

/**
 * Whether the envelope is intact and its certificate is for this identity. Whether the certificate can be trusted is
 * for those to say who verify: here it only decides whether to sign once more.
 */
async function isSignedBy(bytes: Buffer, identity: string): Promise<boolean> {
  const { toSignedEntity } = await import('@sigstore/verify');
  const content = await parseBundle(bytes);
  const material = content?.bundle.verificationMaterial.content;
  if (content === undefined || material?.$case !== 'certificate') return false;
  const certificate = new X509Certificate(material.certificate.rawBytes);
  if (certificate.subjectAltName !== `URI:${identity}`) return false;
  return toSignedEntity(content.bundle).signature.verifySignature(certificate.publicKey);
}

/** Where GitHub Actions hands out identity tokens. */
export interface TokenService {
  readonly url: string;
  readonly bearer: string;
}

/** The token service of the running job; undefined outside of Actions or without the permission id-token: write. */
export function findTokenService(env: NodeJS.ProcessEnv): TokenService | undefined {
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'];
  const bearer = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  return url && bearer ? { url, bearer } : undefined;
}

/** Asks for a token. @see https://docs.github.com/actions/reference/openid-connect-reference */
export async function fetchActionsToken({ url, bearer }: TokenService, signal: AbortSignal): Promise<string> {
  const address = new URL(url);
  address.searchParams.set('audience', 'sigstore');
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const answer = await fetch(address, { headers: { authorization: `bearer ${bearer}` }, signal: timeout });
    const { value } = (await answer.json()) as { value?: unknown };
    if (answer.ok && typeof value === 'string') return value;
    throw new Error(`${address.host} answered ${answer.status}`);
  } catch (error) {
    throw new Error(`no identity token from ${address.host}: ${messageOf(error)}`, { cause: error });
  }
}
