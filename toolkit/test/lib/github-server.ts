import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json as readJson } from 'node:stream/consumers';
import { refusal, type GitHubAnswer, type GitHubRequest, type GitHubRoute } from './github-server/api.ts';
import { GIT_ROUTES } from './github-server/git.ts';
import { createRepository, type GitHubRepository } from './github-server/repository.ts';

export interface GitHubServerOptions {
  /** Routes besides those for git references and commits. */
  readonly routes?: readonly GitHubRoute[];
  /** `owner/name` of the repositories there are; `acme/aim` unless told otherwise. */
  readonly repositories?: readonly string[];
  /** The token that may read and write; all others get 401. */
  readonly token?: string;
  /** A token that may only read: writing gets 403 "Resource not accessible by integration". */
  readonly readToken?: string;
  /** Answers in place of the API to the request of this number, from 0; for example `secondaryRateLimit`. */
  readonly fault?: (request: {
    readonly index: number;
    readonly method: string;
    readonly path: string;
  }) => GitHubAnswer | 'reset' | undefined;
}

export interface GitHubServer {
  /** What GITHUB_API_URL is set to. */
  readonly url: string;
  readonly token: string;
  readonly repository: (fullName?: string) => GitHubRepository;
  /** `METHOD /path?query STATUS` of all requests in the order of their answers. */
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
}

const DEFAULT_REPOSITORY = 'acme/aim';
const DEFAULT_TOKEN = 'test-token';
const DEFAULT_PAGE = 30;
const LARGEST_PAGE = 100;

/** Starts GitHub's REST API on this machine, as far as the routes go, with the same refusals. */
export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const { token = DEFAULT_TOKEN, repositories = [DEFAULT_REPOSITORY] } = options;
  const known = new Map(repositories.map((name) => [name, createRepository(name)]));
  const routes = [...GIT_ROUTES, ...(options.routes ?? [])].map(compileRoute);
  const log: string[] = [];
  let index = 0;
  let url = '';
  const serve = async (message: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET' } = message;
    const address = new URL(message.url ?? '/', url);
    const fault = options.fault?.({ index: index++, method, path: address.pathname });
    const body = await readBody(message);
    if (fault === 'reset') return void response.socket?.destroy();
    const request = { method, url: address, headers: message.headers as GitHubRequest['headers'], body, apiUrl: url };
    const answer = fault ?? authorize(request, { ...options, token }) ?? route(request, { routes, known });
    const status = send(request, response, answer);
    log.push(`${method} ${address.pathname}${address.search} ${status}`);
  };
  const server = createServer((message, response) => void serve(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    log,
    repository: (fullName = DEFAULT_REPOSITORY) => {
      const found = known.get(fullName);
      if (found === undefined) throw new Error(`no repository ${fullName}`);
      return found;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Unrouted = Omit<GitHubRequest, 'params'>;

function authorize(
  { method, headers }: Unrouted,
  { token, readToken }: GitHubServerOptions & { readonly token: string },
): GitHubAnswer | undefined {
  const given = /^(?:token|bearer) (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (given === token) return undefined;
  if (given === undefined || given !== readToken)
    return refusal(401, given === undefined ? 'Requires authentication' : 'Bad credentials');
  return method === 'GET' ? undefined : refusal(403, 'Resource not accessible by integration');
}

function route(
  request: Unrouted,
  {
    routes,
    known,
  }: { readonly routes: readonly CompiledRoute[]; readonly known: ReadonlyMap<string, GitHubRepository> },
): GitHubAnswer {
  for (const { method, pattern, handle } of routes) {
    const groups = method === request.method ? pattern.exec(request.url.pathname)?.groups : undefined;
    if (groups === undefined) continue;
    const params = Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
    const repository = known.get(`${params['owner'] ?? ''}/${params['repo'] ?? ''}`);
    return repository === undefined ? refusal(404, 'Not Found') : handle({ ...request, params }, repository);
  }
  return refusal(404, 'Not Found');
}

function send(request: Unrouted, response: ServerResponse, { status, headers = {}, body }: GitHubAnswer): number {
  const page = Array.isArray(body) && status === 200 ? cutPage(request.url, body) : undefined;
  const content = page?.items ?? body;
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(content === undefined || status === 204 ? '' : JSON.stringify(content));
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
  const isSame = request.method === 'GET' && status === 200 && request.headers['if-none-match'] === etag;
  const sent = isSame ? 304 : status;
  response.writeHead(sent, {
    'content-type': 'application/json; charset=utf-8',
    'x-github-request-id': 'TEST:0000',
    'x-ratelimit-remaining': '4999',
    ...(request.method === 'GET' && status === 200 ? { etag } : {}),
    ...(page?.link === undefined ? {} : { link: page.link }),
    ...headers,
  });
  response.end(isSame ? undefined : bytes);
  return sent;
}

function cutPage(url: URL, items: readonly unknown[]): { items: readonly unknown[]; link: string | undefined } {
  const size = Math.min(LARGEST_PAGE, Number(url.searchParams.get('per_page') ?? DEFAULT_PAGE));
  const page = Number(url.searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const address = (number: number) => {
    const next = new URL(url);
    next.searchParams.set('page', String(number));
    return next.href;
  };
  const links = [
    ...(page > 1 ? [`<${address(page - 1)}>; rel="prev"`] : []),
    ...(page < last ? [`<${address(page + 1)}>; rel="next"`, `<${address(last)}>; rel="last"`] : []),
    ...(page > 1 ? [`<${address(1)}>; rel="first"`] : []),
  ];
  return { items: items.slice((page - 1) * size, page * size), link: links.length > 0 ? links.join(', ') : undefined };
}

async function readBody(message: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const isJson = (message.headers['content-type'] ?? '').includes('json') && message.headers['content-length'] !== '0';
  if (!isJson) {
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    return chunks.length > 0 ? { bytes: Buffer.concat(chunks) } : {};
  }
  return (await readJson(message)) as Readonly<Record<string, unknown>>;
}

interface CompiledRoute extends GitHubRoute {
  readonly pattern: RegExp;
}

function compileRoute(one: GitHubRoute): CompiledRoute {
  const source = one.path.replaceAll(/\{(\w+)(\+?)\}/g, (_, name: string, rest: string) =>
    rest === '+' ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  return { ...one, pattern: new RegExp(`^${source}$`) };
}
