import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseScopes, type Access } from '../../src/oci/access.ts';
import { json, problem, type FakeAnswer, type FakeRequest } from './oci-fake-store.ts';

export interface TokenServerOptions {
  /** Who may push; everybody else, also unnamed, may pull. */
  readonly users?: Readonly<Record<string, string>>;
  readonly identityToken?: string;
  readonly expiresInS?: number;
  /** Makes the token that stands for the access granted; opaque ones are the default. */
  readonly mint?: (granted: readonly Access[]) => string;
  /** Answers before the server itself does. */
  readonly intercept?: (request: LoggedToken) => FakeAnswer | undefined;
}

export interface LoggedToken {
  readonly method: string;
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface TokenServer {
  readonly url: string;
  readonly log: readonly LoggedToken[];
  /** Makes a registry ask for tokens of this server. */
  readonly protect: (request: FakeRequest) => FakeAnswer | undefined;
  /** Makes all tokens given so far worthless. */
  readonly revoke: () => void;
  readonly stop: () => Promise<void>;
}

/** A token service as registries use it: scopes in, a token that allows what the user may do out. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const log: LoggedToken[] = [];
  const tokens = new Map<string, readonly Access[]>();
  const server = createServer((message, response) => {
    void toLogged(message).then((request) => {
      log.push(request);
      const answer = options.intercept?.(request) ?? issue(options, request, tokens);
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    url,
    log,
    protect: (request) => guard(url, request, tokens),
    revoke: () => tokens.clear(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function toLogged(message: IncomingMessage): Promise<LoggedToken> {
  const url = new URL(message.url ?? '', 'http://tokens.invalid');
  const body = await text(message);
  const parameters = message.method === 'POST' ? new URLSearchParams(body) : url.searchParams;
  const { authorization } = message.headers;
  return { method: message.method ?? '', path: url.pathname, parameters, authorization };
}

function issue(
  { users = {}, identityToken, expiresInS, mint }: TokenServerOptions,
  request: LoggedToken,
  tokens: Map<string, readonly Access[]>,
): FakeAnswer {
  const { parameters, authorization } = request;
  const [name = '', password] = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64')
    .toString()
    .split(':');
  const isWrong =
    request.method === 'POST' ? parameters.get('refresh_token') !== identityToken : users[name] !== password;
  if ((authorization !== undefined || request.method === 'POST') && isWrong)
    return problem(401, 'UNAUTHORIZED', 'incorrect username or password');
  const isKnown = authorization !== undefined || request.method === 'POST';
  const wanted = parseScopes(parameters.getAll('scope').join(' '));
  const granted = wanted.map((access) => ({
    ...access,
    actions: access.actions.filter((action) => isKnown || action === 'pull'),
  }));
  const token = mint?.(granted) ?? `token-${tokens.size}-${Math.random().toString(36).slice(2)}`;
  tokens.set(token, granted);
  return json(200, { token, ...(expiresInS === undefined ? {} : { expires_in: expiresInS }) });
}

/** 401 with a challenge, as the specification of the token service has it, unless the token allows the request. */
function guard(
  realm: string,
  { method, url, headers }: FakeRequest,
  tokens: ReadonlyMap<string, readonly Access[]>,
): FakeAnswer | undefined {
  const token = headers['authorization']?.replace('Bearer ', '');
  const granted = tokens.get(token ?? '');
  const name = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1];
  const action = method === 'GET' || method === 'HEAD' ? 'pull' : method === 'DELETE' ? 'delete' : 'push';
  const isUpload = url.pathname.includes('/blobs/uploads/');
  const needed = isUpload ? 'push' : action;
  const isAllowed = (wanted: string | undefined, right: string) =>
    granted?.some((access) => access.name === wanted && access.actions.includes(right)) === true;
  const from = url.searchParams.get('from') ?? undefined;
  const isFine = granted !== undefined && (name === undefined || isAllowed(name, needed));
  if (isFine && (from === undefined || isAllowed(from, 'pull'))) return undefined;
  const scope =
    name === undefined ? '' : `,scope="repository:${name}:${needed === 'pull' ? 'pull' : `pull,${needed}`}"`;
  const error = granted === undefined ? '' : ',error="insufficient_scope"';
  const challenge = `Bearer realm="${realm}",service="fake"${scope}${error}`;
  const answer = problem(401, granted === undefined ? 'UNAUTHORIZED' : 'DENIED', 'requested access is denied');
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } };
}
