import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedKind } from './kinds.ts';
import { Refusal } from './refusal.ts';

/** What a path names. */
export interface Route {
  readonly served: ServedKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Of an object, such as its log. */
  readonly part: string | undefined;
}

/** What a path of one of these kinds names. @throws Refusal 404 */
export function toRoute(kinds: readonly ServedKind[], path: string): Route {
  const [, version, rest = ''] = /^\/(?:api\/(?=v1)|apis\/(?=[^/]+\/[^/]+))(v1|[^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
  const parts = rest.split('/').map(decodeURIComponent);
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const namespace = inNamespace ? parts[1] : undefined;
  const [plural, name, part] = inNamespace ? parts.slice(2) : parts;
  const served = kinds.find((each) => each.apiVersion === version && each.plural === plural);
  if (served === undefined) throw new Refusal(404, 'NotFound', `no ${path}`);
  return { served, namespace, name, part };
}

/** What a request does, as permissions name it. */
export function verbOf(method: string, url: URL, { name }: Route): string {
  if (method !== 'GET') return method.toLowerCase();
  if (name !== undefined) return 'get';
  return url.searchParams.get('watch') === 'true' ? 'watch' : 'list';
}

/** `pods`, or `pods/log` for a part, as permissions name them. */
export function nameResource(plural: string, part: string | undefined): string {
  return part === undefined ? plural : `${plural}/${part}`;
}

/** The JSON that a request carries; undefined when there is none. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? undefined : JSON.parse(text);
}

export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
