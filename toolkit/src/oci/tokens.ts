import { failure } from '../exit-codes.ts';
import { formatScope, type Access } from './access.ts';
import type { Credential } from './credential.ts';
import { accessFailure, answerFailure } from './errors.ts';
import type { Answer, Exchange, ExchangeRequest } from './exchange.ts';

/** Where tokens for a registry come from, as its challenge says. */
export interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

export interface TokenRequest extends TokenService {
  /** Registry the token is for, for messages. */
  readonly host: string;
  readonly access: readonly Access[];
  readonly credential: Credential | undefined;
}

const MAX_TOKEN_BYTES = 1024 * 1024;
const CLIENT_ID = 'aimctl';
/** What the specification says when the answer does not. */
const DEFAULT_LIFETIME_S = 60;

/**
 * Fetches a token: with a GET and basic authentication, or with a POST for an identity token.
 * @throws AimError environment without credentials, else remote
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function fetchToken(exchange: Exchange, request: TokenRequest): Promise<Token> {
  const { credential, realm } = request;
  const scopes = request.access.map(formatScope).join(' ');
  const what = `get a token for ${request.host}${scopes === '' ? '' : ` (${scopes})`}`;
  const common = { what, maxBodyBytes: MAX_TOKEN_BYTES, isForToken: true };
  const answer = await exchange.send({
    ...common,
    ...(credential?.kind === 'identity-token' ? postRequest(request, credential.token) : getRequest(request)),
  });
  const failed = { host: realm.host, status: answer.status, body: answer.body };
  if (answer.status === 401 || answer.status === 403) throw accessFailure(what, failed, credential?.source);
  if (answer.status !== 200) throw answerFailure(what, failed);
  return parseToken(answer);
}

type Sent = Pick<ExchangeRequest, 'method' | 'url' | 'headers' | 'body'>;

function getRequest({ realm, service, access, credential }: TokenRequest): Sent {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of access.map(formatScope)) url.searchParams.append('scope', scope);
  const headers: Record<string, string> = {};
  if (credential?.kind === 'password') {
    url.searchParams.set('account', credential.username);
    headers['authorization'] = basicHeader(credential);
  }
  return { method: 'GET', url, headers };
}

function postRequest({ realm, service, access }: TokenRequest, identityToken: string): Sent {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    refresh_token: identityToken,
    ...(service === undefined ? {} : { service }),
  });
  if (access.length > 0) form.set('scope', access.map(formatScope).join(' '));
  const bytes = Buffer.from(form.toString());
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: { sizeBytes: bytes.length, open: () => [bytes] } };
}

/** Value of an Authorization header for name and password. */
export function basicHeader({ username, password }: Extract<Credential, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The body is not quoted in any message: it holds a secret. */
function parseToken({ body, url }: Answer): Token {
  let document: Partial<Record<string, unknown>> | null | undefined;
  try {
    document = JSON.parse(body.toString('utf8')) as typeof document;
  } catch {
    // Reported below, as any document without a token.
  }
  const value = [document?.['token'], document?.['access_token']].find((one) => typeof one === 'string' && one !== '');
  if (typeof value !== 'string' || /[^\x21-\x7e]/.test(value))
    throw failure('remote', { message: `${url.host} answered without a token` });
  const seconds = document?.['expires_in'];
  return { value, lifetimeMs: (typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFETIME_S) * 1_000 };
}
