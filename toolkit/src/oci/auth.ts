import { failure } from '../exit-codes.ts';
import { coversAccess, formatScope, mergeAccess, parseScopes, type Access } from './access.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Clock } from './clock.ts';
import type { Credential } from './credential.ts';
import type { FindCredential } from './credentials.ts';
import type { Exchange } from './exchange.ts';
import type { Repository } from './reference.ts';
import { checkTarget } from './targets.ts';
import { basicHeader, fetchToken, type TokenService } from './tokens.ts';

/** What a request to one registry is authenticated for. */
export interface AuthSubject {
  readonly repository: Repository;
  readonly access: readonly Access[];
}

/** How a registry wants to be authenticated against. */
export type AuthScheme = 'basic' | 'bearer';

export interface Authorizer {
  /** Value of the Authorization header; undefined as long as the registry has not asked for one. */
  header(subject: AuthSubject): Promise<string | undefined>;
  /**
   * Takes in a refusal of a request that was sent with this header.
   * @returns true when there is another header to try
   */
  learn(subject: AuthSubject, refusal: Refusal): Promise<boolean>;
  scheme(host: string): AuthScheme | undefined;
  /** Where the credentials for a repository come from. */
  source(repository: Repository): Promise<string | undefined>;
}

export interface Refusal {
  /** WWW-Authenticate header. */
  readonly challenge: string;
  readonly url: URL;
  readonly header: string | undefined;
}

export interface AuthorizerOptions {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly findCredential: FindCredential;
  /** Told once per registry whose credentials come into use. */
  readonly onCredential: (use: { readonly host: string; readonly source: string | undefined }) => void;
}

interface HostAuth {
  scheme?: { readonly kind: 'basic' } | ({ readonly kind: 'bearer' } & TokenService);
  tokens: { readonly access: readonly Access[]; readonly value: string; readonly untilMs: number }[];
  readonly pending: Map<string, Promise<string>>;
}

/** A token is not used in the last seconds of its life. */
const SAFETY_MS = 10_000;

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return new CachingAuthorizer(options);
}

class CachingAuthorizer implements Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #hosts = new Map<string, HostAuth>();
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();
  readonly #told = new Set<string>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  async header(subject: AuthSubject): Promise<string | undefined> {
    const { scheme } = this.#host(subject.repository.host);
    if (scheme === undefined) return undefined;
    const credential = await this.#credential(subject.repository);
    if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`;
    if (scheme.kind === 'bearer') return `Bearer ${await this.#token(subject, scheme, credential)}`;
    return credential?.kind === 'password' ? basicHeader(credential) : undefined;
  }

  async learn(subject: AuthSubject, { challenge, url, header }: Refusal): Promise<boolean> {
    const host = this.#host(subject.repository.host);
    const challenges = parseChallenges(challenge);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      host.scheme = { kind: 'bearer', ...tokenService(bearer, url) };
      host.tokens = host.tokens.filter(({ value }) => header !== `Bearer ${value}`);
      // A token the service just made and the registry refuses will not get better by asking again.
      return bearer.params['error'] !== 'insufficient_scope' || header === undefined;
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return false;
    host.scheme = { kind: 'basic' };
    return (await this.header(subject)) !== header;
  }

  scheme(host: string): AuthScheme | undefined {
    return this.#host(host).scheme?.kind;
  }

  async source(repository: Repository): Promise<string | undefined> {
    return (await this.#credential(repository))?.source;
  }

  async #token(subject: AuthSubject, service: TokenService, credential: Credential | undefined): Promise<string> {
    const { clock, exchange } = this.#options;
    const host = this.#host(subject.repository.host);
    const access = mergeAccess(subject.access);
    const nowMs = clock.nowMs();
    const known = host.tokens.find((token) => token.untilMs > nowMs && coversAccess(token.access, access));
    if (known !== undefined) return known.value;
    const key = access.map(formatScope).join(' ');
    const pending = host.pending.get(key);
    if (pending !== undefined) return pending;
    const request = { ...service, host: subject.repository.host, access, credential };
    const fetched = fetchToken(exchange, request)
      .then(({ value, lifetimeMs }) => {
        const usableMs = Math.max(lifetimeMs - SAFETY_MS, lifetimeMs / 2);
        host.tokens = host.tokens.filter(({ untilMs }) => untilMs > nowMs);
        host.tokens.push({ access, value, untilMs: clock.nowMs() + usableMs });
        return value;
      })
      // A failure is not remembered: the next request asks again.
      .finally(() => host.pending.delete(key));
    host.pending.set(key, fetched);
    return fetched;
  }

  async #credential(repository: Repository): Promise<Credential | undefined> {
    const { findCredential, onCredential } = this.#options;
    const key = `${repository.host}/${repository.name}`;
    const known = this.#credentials.get(key) ?? findCredential(repository);
    this.#credentials.set(key, known);
    const credential = await known;
    const use = `${repository.host} ${credential?.source ?? ''}`;
    if (!this.#told.has(use)) onCredential({ host: repository.host, source: credential?.source });
    this.#told.add(use);
    return credential;
  }

  #host(name: string): HostAuth {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host: HostAuth = { tokens: [], pending: new Map() };
    this.#hosts.set(name, host);
    return host;
  }
}

/** Scopes the registry's own challenge names belong to what the token is asked for. */
export function challengedAccess(challenge: string): Access[] {
  return parseChallenges(challenge).flatMap(({ params }) => parseScopes(params['scope'] ?? ''));
}

function tokenService({ params }: Challenge, from: URL): TokenService {
  const { realm, service } = params;
  if (realm === undefined)
    throw failure('remote', { message: `${from.host} wants a token, but does not say where to get it` });
  return { realm: checkTarget(from, realm, 'token service'), service };
}
