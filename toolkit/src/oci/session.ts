import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { mergeAccess, type Access } from './access.ts';
import { challengedAccess, type Authorizer, type AuthSubject } from './auth.ts';
import { accessFailure, answerFailure, hasProblem } from './errors.ts';
import type { Answer, Attempt, Exchange, ExchangeRequest, Patience } from './exchange.ts';
import type { FindOrigin } from './origins.ts';
import type { Repository } from './reference.ts';
import { checkTarget } from './targets.ts';

/** A request to the API of a registry. */
export interface ApiRequest extends Omit<ExchangeRequest, 'url' | 'headers' | 'maxBodyBytes'> {
  readonly repository: Repository;
  readonly access: readonly Access[];
  /** Path below `/v2/`, or a whole address the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxBodyBytes?: number;
  /** True for an answer the caller deals with besides successful ones. */
  readonly accepts?: (answer: Answer) => boolean;
}

/** Requests with credentials, to where redirects lead, as far as they may. */
export interface ApiSession {
  /** Repeats where that makes sense. @throws AimError for every answer that is not accepted */
  send(request: ApiRequest): Promise<Answer>;
  /** One try. Answers are judged as by `send`. */
  attempt(request: ApiRequest): Promise<Attempt>;
  patience(what: string): Patience;
  readonly signal: AbortSignal;
}

export interface SessionOptions {
  readonly exchange: Exchange;
  readonly authorizer: Authorizer;
  readonly findOrigin: FindOrigin;
  readonly signal: AbortSignal;
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** A token that has run out and one more for a registry that names further scopes. */
const MAX_REFUSALS = 2;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createApiSession(options: SessionOptions): ApiSession {
  const firsts = new Map<string, Promise<unknown>>();
  /** Requests wait for the first one to a host to learn how it wants to be authenticated against. */
  const afterFirst = async <Result>(host: string, work: () => Promise<Result>): Promise<Result> => {
    const first = firsts.get(host);
    if (first !== undefined) {
      await first.catch(() => undefined);
      return work();
    }
    const own = work();
    firsts.set(host, own);
    return own;
  };
  const { exchange } = options;
  const sendWith = (send: Sender) => (request: ApiRequest) =>
    afterFirst(request.repository.host, () => authorized({ ...options, send }, request));
  const attempt = sendWith((request) => exchange.attempt(request));
  const send = sendWith(async (request) => ({ outcome: 'answered', answer: await exchange.send(request) }));
  return {
    attempt,
    patience: (what) => exchange.patience(what),
    signal: options.signal,
    send: async (request) => {
      const result = await send(request);
      if (result.outcome === 'answered') return result.answer;
      throw result.failure;
    },
  };
}

/** True when content is not there, or not there for these credentials: registries hide the one behind the other. */
export function isAbsent(answer: Answer): boolean {
  const isHidden =
    answer.status === 401 && /\berror="?insufficient_scope/.test(answer.header('www-authenticate') ?? '');
  return answer.status === 404 || answer.status === 403 || isHidden;
}

type Sender = (request: ExchangeRequest) => Promise<Attempt>;
type Parts = SessionOptions & { readonly send: Sender };

async function authorized(parts: Parts, request: ApiRequest): Promise<Attempt> {
  const { authorizer, findOrigin } = parts;
  const { target, repository } = request;
  const origin = await findOrigin(repository.host);
  const url = typeof target === 'string' ? new URL(`/v2/${target}`, origin) : target;
  let subject: AuthSubject = { repository, access: request.access };
  for (let refusals = 0; ; refusals++) {
    // Credentials belong to the registry itself: an address on another host is to work without.
    const header = url.origin === origin.origin ? await authorizer.header(subject) : undefined;
    const result = await followed(parts, { request, url, origin, header });
    if (result.outcome === 'try-again') return result;
    const { answer } = result;
    if (answer.status === 401 && answer.url.origin === origin.origin && refusals < MAX_REFUSALS) {
      const challenge = answer.header('www-authenticate') ?? '';
      const isNew = await authorizer.learn(subject, { challenge, url: answer.url, header });
      subject = { repository, access: mergeAccess(subject.access, challengedAccess(challenge)) };
      if (isNew) continue;
    }
    if (isExpected(request, answer)) return result;
    throw await unexpected(authorizer, request, answer);
  }
}

interface Hop {
  readonly request: ApiRequest;
  readonly url: URL;
  /** The registry's own address, the only one that is shown credentials. */
  readonly origin: URL;
  readonly header: string | undefined;
}

async function followed(parts: Parts, hop: Hop): Promise<Attempt> {
  let { url } = hop;
  for (let hops = 0; ; hops++) {
    const result = await parts.send(toExchange({ ...hop, url }));
    if (result.outcome === 'try-again' || !REDIRECTS.has(result.answer.status)) return result;
    const { what, method } = hop.request;
    const location = result.answer.header('location');
    if (location === undefined || hops === MAX_REDIRECTS) {
      const why = location === undefined ? 'a redirect without an address' : `more than ${MAX_REDIRECTS} redirects`;
      throw failure('remote', { message: `cannot ${what}: ${url.host} answered with ${why}` });
    }
    const next = checkTarget(url, location, 'redirect');
    if (method !== 'GET' && method !== 'HEAD' && next.origin !== hop.origin.origin) {
      throw failure('remote', {
        message: `cannot ${what}: ${url.host} wants the content to be sent to ${next.host}; this is not followed`,
      });
    }
    url = next;
  }
}

function toExchange({ request, url, origin, header }: Hop): ExchangeRequest {
  const { method, body, once, what, stream, headers = {}, maxBodyBytes = MAX_BODY_BYTES } = request;
  const isOwn = url.origin === origin.origin;
  return {
    method,
    url,
    body,
    once,
    what,
    maxBodyBytes,
    ...(stream === undefined ? {} : { stream }),
    headers: { ...headers, ...(isOwn && header !== undefined ? { authorization: header } : {}) },
  };
}

function isExpected({ accepts }: ApiRequest, answer: Answer): boolean {
  return (answer.status >= 200 && answer.status < 300) || accepts?.(answer) === true;
}

async function unexpected(
  authorizer: Authorizer,
  { what, repository }: ApiRequest,
  { status, body, url }: Answer,
): Promise<AimError<ToolkitErrorCode>> {
  const failed = { host: url.host, status, body };
  const isAccess = status === 401 || status === 403 || hasProblem(body, 'DENIED', 'UNAUTHORIZED');
  return isAccess ? accessFailure(what, failed, await authorizer.source(repository)) : answerFailure(what, failed);
}
