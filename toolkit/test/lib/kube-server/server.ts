import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ADD_ONS, BUILT_IN, type ServedKind } from './kinds.ts';
import { answerLog, type LogCut, type PodLogs } from './logs.ts';
import { conflicted, Refusal } from './refusal.ts';
import { nameResource, readBody, send, toRoute, verbOf, type Route } from './requests.ts';
import { applyFields, ownChanges, type Owners } from './server-side-apply.ts';
import { matchesFields, matchesSelector, ObjectStore, type Given, type Stored } from './store.ts';

export interface KubeServerOptions {
  readonly addOns?: readonly (keyof typeof ADD_ONS)[];
  readonly token?: string;
}

/** What goes wrong, changed while the server runs. */
export interface Faults {
  /** Status for requests for which this says so. */
  refuse?: ((request: { readonly method: string; readonly path: string }) => number | undefined) | undefined;
  /** Ends every watch after so many events. */
  cutWatchAfter?: number | undefined;
  /** Cuts the next log that is read. */
  cutLog?: LogCut | undefined;
  /** Objects whose removal waits for something: they stay, marked as being deleted, until the store removes them. */
  lingers?: ((object: Stored) => boolean) | undefined;
}

/** A Kubernetes API server on this machine, as far as this program uses one. */
export interface KubeServer {
  readonly url: string;
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly faults: Faults;
  /** Verbs and paths of all requests so far. */
  readonly requests: { readonly method: string; readonly path: string }[];
  /** Permissions that are missing: `verb resource` or `verb resource/part`. */
  readonly denied: Set<string>;
  /** Changes an object in somebody else's name. */
  edit(object: Stored, fields: Record<string, unknown>, manager: string): void;
  /** Breaks off everything that is being watched or followed. */
  disconnect(): void;
  close(): Promise<void>;
}

interface ApiCall {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly metadataOnly: boolean;
}

interface AccessReview {
  readonly spec: {
    readonly resourceAttributes: { readonly verb: string; readonly resource: string; readonly subresource?: string };
  };
}

/** Starts a server that holds the namespace `default` and nothing else. */
export async function startKubeServer(options: KubeServerOptions = {}): Promise<KubeServer> {
  const kinds = [...BUILT_IN, ...(options.addOns ?? []).flatMap((name) => ADD_ONS[name])];
  const state = new ServerState(kinds, options.token);
  const server = createServer((request, response) => void state.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    ...{ store: state.store, logs: state.logs, faults: state.faults, requests: state.requests, denied: state.denied },
    edit: (object, fields, manager) => state.edit(object, fields, manager),
    disconnect: () => state.disconnect(),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

class ServerState {
  readonly store = new ObjectStore();
  readonly logs: PodLogs = new Map();
  readonly faults: Faults = {};
  readonly requests: { method: string; path: string }[] = [];
  readonly denied = new Set<string>();
  readonly #owners = new Map<string, Owners>();
  readonly #streams = new Set<ServerResponse>();
  readonly #kinds: readonly ServedKind[];
  readonly #token: string | undefined;

  constructor(kinds: readonly ServedKind[], token: string | undefined) {
    this.#kinds = kinds;
    this.#token = token;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const method = request.method ?? 'GET';
      const url = new URL(request.url ?? '/', 'http://kube');
      this.requests.push({ method, path: url.pathname });
      this.#admit(request, { method, path: url.pathname });
      const metadataOnly = request.headers.accept?.includes('as=PartialObjectMetadata') ?? false;
      this.#answer({ method, url, body, metadataOnly }, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, error.status, error.body);
    }
  }

  edit(object: Stored, fields: Record<string, unknown>, manager: string): void {
    const after = this.store.patch(object, fields);
    const owners = this.#owners.get(object.metadata.uid) ?? new Map<string, Set<string>>();
    this.#owners.set(object.metadata.uid, ownChanges(owners, content(object), content(after), manager));
  }

  disconnect(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #admit(request: IncomingMessage, call: { method: string; path: string }): void {
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`) {
      throw new Refusal(401, 'Unauthorized', 'Unauthorized');
    }
    const status = this.faults.refuse?.(call);
    if (status === 0) {
      request.socket.destroy();
      throw new Refusal(500, 'Gone', 'cut');
    }
    if (status !== undefined) throw new Refusal(status, 'Fault', `refused by the test with ${status}`);
  }

  #answer(call: ApiCall, response: ServerResponse): void {
    const { method, url, body, metadataOnly } = call;
    if (url.pathname === '/version') {
      send(response, 200, { gitVersion: 'v1.31.2' });
      return;
    }
    const discovery = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))$/.exec(url.pathname);
    if (discovery) {
      this.#discover(discovery[1] ?? discovery[2] ?? '', response);
      return;
    }
    if (url.pathname.endsWith('/selfsubjectaccessreviews')) {
      this.#review(body, response);
      return;
    }
    const route = toRoute(this.#kinds, url.pathname);
    const verb = verbOf(method, url, route);
    const resource = nameResource(route.served.plural, route.part);
    if (this.denied.has(`${verb} ${resource}`)) {
      throw new Refusal(403, 'Forbidden', `${resource} is forbidden: User "test" cannot ${verb} resource`);
    }
    if (route.part === 'log') {
      this.#log(route, url, response);
      return;
    }
    if (method === 'GET' && route.name !== undefined) {
      const { metadata, ...rest } = this.#existing(route);
      send(response, 200, metadataOnly ? { kind: 'PartialObjectMetadata', metadata } : { ...rest, metadata });
      return;
    }
    if (method === 'GET' && url.searchParams.get('watch') === 'true') {
      this.#watch(route, url, response);
      return;
    }
    if (method === 'GET') {
      this.#list(route, url, response);
      return;
    }
    if (method === 'PATCH') {
      this.#apply(route, { url, body: body as Given }, response);
      return;
    }
    if (method === 'DELETE') {
      this.#delete(route, response);
      return;
    }
    throw new Refusal(405, 'MethodNotAllowed', `${method} is not served`);
  }

  #discover(apiVersion: string, response: ServerResponse): void {
    const own = this.#kinds.filter((each) => each.apiVersion === apiVersion);
    if (own.length === 0) throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
    const resources = own.map(({ plural, kind, namespaced }) => ({ name: plural, kind, namespaced }));
    send(response, 200, {
      kind: 'APIResourceList',
      groupVersion: apiVersion,
      resources: [...resources, { name: 'pods/log', kind: 'Pod', namespaced: true }],
    });
  }

  #review(body: unknown, response: ServerResponse): void {
    const { verb, resource, subresource } = (body as AccessReview).spec.resourceAttributes;
    send(response, 201, { status: { allowed: !this.denied.has(`${verb} ${nameResource(resource, subresource)}`) } });
  }

  #existing({ served, namespace, name = '' }: Route): Stored {
    const object = this.store.get(served.kind, namespace, name);
    if (object === undefined) throw new Refusal(404, 'NotFound', `${served.plural} "${name}" not found`);
    return object;
  }

  #list({ served, namespace }: Route, url: URL, response: ServerResponse): void {
    const items = this.store.list(served.kind, namespace).filter((each) => selected(each, url));
    const bare = items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'kind')));
    send(response, 200, { metadata: { resourceVersion: String(this.store.version) }, items: bare });
  }

  #apply(route: Route, { url, body }: { url: URL; body: Given }, response: ServerResponse): void {
    const { served, namespace, name = '' } = route;
    if (namespace !== undefined && this.store.get('Namespace', undefined, namespace) === undefined) {
      throw new Refusal(404, 'NotFound', `namespaces "${namespace}" not found`);
    }
    if (body.kind !== served.kind || body.metadata.name !== name)
      throw new Refusal(400, 'BadRequest', 'another object');
    const manager = url.searchParams.get('fieldManager') ?? '';
    if (manager === '') throw new Refusal(400, 'BadRequest', 'PATCH: fieldManager is required for apply patch');
    const before = this.store.get(served.kind, namespace, name);
    const owners = (before && this.#owners.get(before.metadata.uid)) ?? new Map<string, Set<string>>();
    const force = url.searchParams.get('force') === 'true';
    const {
      conflicts,
      merged,
      owners: next,
    } = applyFields({ stored: before === undefined ? {} : content(before), owners }, body, { manager, force });
    if (conflicts.length > 0) throw conflicted(conflicts);
    if (url.searchParams.get('dryRun') === 'All') {
      send(response, before === undefined ? 201 : 200, before ?? body);
      return;
    }
    const metadata = { ...(merged as Given).metadata, name, ...(namespace === undefined ? {} : { namespace }) };
    const { status, ownerReferences, deletionTimestamp } = { status: before?.status, ...before?.metadata };
    const object = this.store.put({
      ...(merged as Given),
      ...{ apiVersion: served.apiVersion, kind: served.kind },
      metadata: {
        ...metadata,
        ...(ownerReferences === undefined ? {} : { ownerReferences }),
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      },
      ...(status === undefined ? {} : { status }),
    });
    this.#owners.set(object.metadata.uid, next);
    send(response, before === undefined ? 201 : 200, object);
  }

  #delete(route: Route, response: ServerResponse): void {
    const object = this.#existing(route);
    if (this.faults.lingers?.(object) === true) this.store.markDeleted(object);
    else this.store.remove(object);
    send(response, 200, { kind: 'Status', status: 'Success' });
  }

  #watch({ served, namespace }: Route, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion') ?? 0);
    const past = this.store.since(from);
    this.#open(response);
    if (past === undefined) {
      const body = new Refusal(410, 'Expired', `too old resource version: ${from}`).body;
      response.end(`${JSON.stringify({ type: 'ERROR', object: body })}\n`);
      return;
    }
    let left = this.faults.cutWatchAfter ?? Number.POSITIVE_INFINITY;
    const tell = ({ type, object }: { type: string; object: Stored }) => {
      const within =
        object.kind === served.kind && (namespace === undefined || object.metadata.namespace === namespace);
      if (!within || !selected(object, url) || left <= 0) return;
      response.write(`${JSON.stringify({ type, object })}\n`);
      if (--left <= 0) response.end('{"type":"MODI');
    };
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.store.version) } } };
    past.forEach(tell);
    response.write(`${JSON.stringify(bookmark)}\n`);
    response.once('close', this.store.listen(tell));
  }

  #log(route: Route, url: URL, response: ServerResponse): void {
    this.#existing({ ...route, part: undefined });
    const container = url.searchParams.get('container') ?? '';
    const log = this.logs.get(`${route.namespace ?? ''}/${route.name ?? ''}/${container}`);
    if (log === undefined) throw new Refusal(400, 'BadRequest', `container "${container}" is waiting to start`);
    this.#open(response);
    const cut = this.faults.cutLog;
    this.faults.cutLog = undefined;
    answerLog(log, { url, response, cut });
  }

  #open(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
  }
}

function selected(object: Stored, url: URL): boolean {
  const { searchParams } = url;
  return (
    matchesSelector(searchParams.get('labelSelector'), object.metadata.labels) &&
    matchesFields(searchParams.get('fieldSelector'), object)
  );
}

/** What appliers can own. */
function content(object: Stored): object {
  const { labels, annotations } = object.metadata;
  const rest = Object.entries(object).filter(([name]) => !['metadata', 'status'].includes(name));
  return { ...Object.fromEntries(rest), metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } };
}
