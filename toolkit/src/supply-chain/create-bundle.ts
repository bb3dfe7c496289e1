import type { BundleBuilderOptions } from '@sigstore/sign';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { STATEMENT_TYPE } from './media-types.ts';

/** What Sigstore's errors mean; their own texts are not shown, as one of them quotes the identity token. */
const MEANINGS: Readonly<Record<string, { message: string; hint: string }>> = {
  CA_CREATE_SIGNING_CERTIFICATE_ERROR: {
    message: 'the certificate authority (Fulcio) gave no certificate',
    hint: 'Check that it is reachable and takes tokens of this issuer; another one is named with --fulcio-url.',
  },
  TLOG_CREATE_ENTRY_ERROR: {
    message: 'the transparency log (Rekor) did not take the signature',
    hint: 'Run it again; another log is named with --rekor-url.',
  },
  TLOG_FETCH_ENTRY_ERROR: {
    message: 'the transparency log (Rekor) has the signature but did not return its entry',
    hint: 'Run it again.',
  },
  IDENTITY_TOKEN_READ_ERROR: {
    message: 'no identity token could be had',
    hint: 'In GitHub Actions the job needs the permission id-token: write.',
  },
  IDENTITY_TOKEN_PARSE_ERROR: {
    message: 'the identity token is no JSON Web Token with a subject',
    hint: 'In GitHub Actions leave SIGSTORE_ID_TOKEN unset.',
  },
};

/** A Sigstore bundle of version 0.3 over a statement, as JSON. @throws AimError remote when a service failed */
export async function createBundle(statement: Buffer, options: BundleBuilderOptions): Promise<Buffer> {
  const { DSSEBundleBuilder, InternalError } = await import('@sigstore/sign');
  const { bundleToJSON } = await import('@sigstore/bundle');
  try {
    const bundle = await new DSSEBundleBuilder(options).create({ data: statement, type: STATEMENT_TYPE });
    return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
  } catch (error) {
    const meaning = error instanceof InternalError ? MEANINGS[error.code] : undefined;
    if (meaning === undefined || !(error instanceof InternalError)) throw error;
    const isQuoting = error.code === 'IDENTITY_TOKEN_PARSE_ERROR';
    const reason = isQuoting || error.cause === undefined ? '' : `: ${messageOf(error.cause)}`;
    throw failure('remote', { message: `cannot sign: ${meaning.message}${reason}`, hint: meaning.hint });
  }
}
