import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createAuthority } from './authority.ts';
import { createLog } from './log.ts';

/** A certificate authority, a transparency log and an identity provider in this process, as keyless signing needs them. */
export interface SigstoreServer {
  readonly url: string;
  /** What GitHub Actions sets for a job of this workflow. */
  readonly env: Readonly<Record<string, string>>;
  /** Content of a trusted_root.json that trusts this server. */
  readonly trustedRoot: object;
  /** What goes wrong from now on. */
  fault: 'none' | 'no-token' | 'no-certificate' | 'no-entry';
  readonly log: { readonly size: () => number };
  readonly stop: () => Promise<void>;
}

export const ISSUER = 'https://token.example.com';
const BEARER = 'bearer-of-the-job';

interface CertificateRequest {
  readonly credentials: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: { readonly publicKey: { readonly content: string }; readonly proofOfPossession: string };
}

export async function startSigstoreServer(workflow: string): Promise<SigstoreServer> {
  const authority = createAuthority();
  const log = createLog('log.example.com');
  const issue = ({ credentials, publicKeyRequest }: CertificateRequest): object | undefined => {
    const [, claims = ''] = credentials.oidcIdentityToken.split('.');
    const {
      sub,
      aud,
      job_workflow_ref: ref,
    } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>;
    const key = createPublicKey(publicKeyRequest.publicKey.content);
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
    if (aud !== 'sigstore' || !verify('sha256', Buffer.from(sub ?? ''), key, proof)) return undefined;
    const leaf = authority.issue(key, { uri: `https://github.example.com/${ref ?? ''}`, issuer: ISSUER });
    return { signedCertificateEmbeddedSct: { chain: { certificates: [toPem(leaf), toPem(authority.certificate)] } } };
  };
  const answer = async (request: IncomingMessage): Promise<object | undefined> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/token' && server.fault !== 'no-token') {
      if (request.headers.authorization !== `bearer ${BEARER}`) return undefined;
      return { value: makeToken(workflow, searchParams.get('audience') ?? '') };
    }
    if (pathname === '/api/v2/signingCert' && server.fault !== 'no-certificate')
      return issue((await json(request)) as CertificateRequest);
    if (pathname === '/api/v1/log/entries' && server.fault !== 'no-entry')
      return log.add((await json(request)) as Parameters<typeof log.add>[0]);
    return undefined;
  };
  const http = createServer((request, response) => {
    void answer(request).then((body) => {
      response.writeHead(body === undefined ? 400 : 201, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? { message: 'refused for the test' }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: SigstoreServer = {
    url,
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.example.com',
      GITHUB_REPOSITORY: 'org/aim',
      GITHUB_WORKFLOW_REF: workflow,
      GITHUB_RUN_ID: '7',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: BEARER,
    },
    trustedRoot: describeTrust(authority.certificate, log),
    fault: 'none',
    log,
    stop: () => new Promise((resolve) => http.close(() => resolve())),
  };
  return server;
}

function describeTrust(certificate: Buffer, { publicKey, logId }: ReturnType<typeof createLog>): object {
  const rawBytes = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [
      { uri: 'https://ca.example.com', certChain: { certificates: [{ rawBytes: certificate.toString('base64') }] } },
    ],
    tlogs: [
      {
        baseUrl: 'https://log.example.com',
        hashAlgorithm: 'SHA2_256',
        publicKey: { rawBytes, keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
        logId: { keyId: logId.toString('base64') },
      },
    ],
  };
}

function makeToken(workflow: string, audience: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: ISSUER, aud: audience, sub: 'repo:org/aim:ref:refs/heads/main', job_workflow_ref: workflow };
  return `${encode({ alg: 'none' })}.${encode(claims)}.c2lnbmF0dXJl`;
}

function toPem(certificate: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
}
