import { PatchStrategy, type KubeConfig } from '@kubernetes/client-node';
import { failure } from '../exit-codes.ts';
import {
  FIELD_MANAGER,
  toRef,
  type AccessQuery,
  type ApplyOutcome,
  type Cluster,
  type ClusterObject,
  type FieldConflict,
  type KindRef,
  type LogQuery,
  type ObjectList,
  type ObjectQuery,
  type WatchEvent,
} from './cluster.ts';
import { refused, type ApiStatus } from './refusals.ts';
import { createApiClient, type ApiClient } from './requests.ts';

/** A server ends a watch after this time; a resumed one costs little. */
const WATCH_SECONDS = 280;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** A kind as the server's paths name it. */
interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

type FindResource = (kind: Pick<KindRef, 'apiVersion' | 'kind'>) => Promise<Resource | undefined>;

/** The cluster of a configuration's current context. @param signal ends everything that runs */
export function createCluster(config: KubeConfig, signal: AbortSignal): Cluster {
  const server = config.getCurrentCluster()?.server ?? '';
  const context = config.getCurrentContext();
  const client = createApiClient(config, server, signal);
  const find = resourceFinder(client);
  return {
    ...{ context, server },
    namespace: config.getContextObject(context)?.namespace ?? 'default',
    version: async () => {
      const answer = await client.call({ method: 'GET', path: '/version' });
      if (answer.status !== 200) throw refused('say its version', answer);
      return (answer.body as { gitVersion?: string }).gitVersion ?? 'unknown';
    },
    knows: async (kind) => (await find(kind)) !== undefined,
    ...readers(client, find),
    ...writers(client, find),
    mayI: (query) => mayI(client, find, query),
  };
}

function readers(
  client: ApiClient,
  find: FindResource,
): Pick<Cluster, 'get' | 'exists' | 'list' | 'watch' | 'readLog'> {
  return {
    get: async (ref) => {
      const resource = await find(ref);
      if (resource === undefined) return undefined;
      const answer = await client.call({ method: 'GET', path: pathOf(ref, resource, ref.name) });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(`get ${ref.kind} ${ref.name}`, answer);
      return answer.body as ClusterObject;
    },
    exists: async (ref) => {
      const path = pathOf(ref, await findKnown(find, ref), ref.name);
      const answer = await client.call({ method: 'GET', path, accept: METADATA_ONLY });
      if (answer.status !== 200 && answer.status !== 404) throw refused(`look for ${ref.kind} ${ref.name}`, answer);
      return answer.status === 200;
    },
    list: async (query) => {
      const resource = await find(query);
      return resource === undefined ? { items: [], resourceVersion: '0' } : list(client, query, resource);
    },
    watch: (query, resourceVersion, signal) => watch({ client, find, signal }, query, resourceVersion),
    readLog: (query, signal) => readLog(client, query, signal),
  };
}

function writers(client: ApiClient, find: FindResource): Pick<Cluster, 'apply' | 'remove'> {
  return {
    apply: async (manifest, { force, dryRun }) => {
      const path = pathOf(toRef(manifest), await findKnown(find, manifest), manifest.metadata.name);
      const answer = await client.call({
        ...{
          method: 'PATCH',
          path,
          query: { fieldManager: FIELD_MANAGER, force, dryRun: dryRun ? 'All' : undefined },
          body: manifest,
        },
        contentType: PatchStrategy.ServerSideApply,
      });
      if (answer.status === 409) {
        const conflicts = parseConflicts(answer.body as ApiStatus);
        if (conflicts.length > 0) return { kind: 'conflict', conflicts } satisfies ApplyOutcome;
      }
      if (answer.status !== 200 && answer.status !== 201) {
        throw refused(`apply ${manifest.kind} ${manifest.metadata.name}`, answer);
      }
      return { kind: 'applied', object: answer.body as ClusterObject, created: answer.status === 201 };
    },
    remove: async (ref) => {
      const resource = await find(ref);
      if (resource === undefined) return false;
      const path = pathOf(ref, resource, ref.name);
      const answer = await client.call({ method: 'DELETE', path, query: { propagationPolicy: 'Background' } });
      if (answer.status === 404) return false;
      if (answer.status !== 200 && answer.status !== 202) throw refused(`delete ${ref.kind} ${ref.name}`, answer);
      return true;
    },
  };
}

/** Asks the server once for each version of an API what it knows. */
function resourceFinder(client: ApiClient): FindResource {
  const known = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  return async ({ apiVersion, kind }) => {
    const resources = known.get(apiVersion) ?? loadResources(client, apiVersion);
    known.set(apiVersion, resources);
    resources.catch(() => known.delete(apiVersion));
    return (await resources).get(kind);
  };
}

async function loadResources(client: ApiClient, apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
  const answer = await client.call({ method: 'GET', path: rootOf(apiVersion) });
  if (answer.status === 404) return new Map();
  if (answer.status !== 200) throw refused(`say what ${apiVersion} has`, answer);
  const { resources = [] } = answer.body as {
    resources?: readonly { name: string; kind: string; namespaced: boolean }[];
  };
  const own = resources.filter(({ name }) => !name.includes('/')); // the others are parts, such as pods/log
  return new Map(own.map(({ kind, name, namespaced }) => [kind, { plural: name, namespaced }]));
}

async function findKnown(find: FindResource, kind: Pick<KindRef, 'apiVersion' | 'kind'>): Promise<Resource> {
  const resource = await find(kind);
  if (resource !== undefined) return resource;
  throw failure('environment', {
    message: `the cluster does not know ${kind.kind} of ${kind.apiVersion}`,
    hint: 'Install what brings it: KServe, KEDA, the Gateway API or the AIM operator.',
  });
}

async function list(client: ApiClient, query: ObjectQuery, resource: Resource): Promise<ObjectList> {
  const { labelSelector, fieldSelector, apiVersion, kind } = query;
  const path = pathOf(query, resource);
  const answer = await client.call({ method: 'GET', path, query: { labelSelector, fieldSelector } });
  if (answer.status !== 200) throw refused(`list ${resource.plural}`, answer);
  const { items, metadata } = answer.body as { items: ClusterObject[]; metadata: { resourceVersion: string } };
  // Items of a list do not repeat what they are.
  return { items: items.map((item) => ({ ...item, apiVersion, kind })), resourceVersion: metadata.resourceVersion };
}

async function* watch(
  { client, find, signal }: { client: ApiClient; find: FindResource; signal: AbortSignal },
  query: ObjectQuery,
  resourceVersion: string,
): AsyncIterable<WatchEvent> {
  const path = pathOf(query, await findKnown(find, query));
  const { labelSelector, fieldSelector } = query;
  const more = { watch: true, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS, resourceVersion };
  const request = { method: 'GET', path, query: { labelSelector, fieldSelector, ...more } } as const;
  for await (const line of client.lines(request, signal)) {
    const event = parseWatchLine(line);
    if (event === undefined) return; // cut in the middle: the connection is gone
    yield event;
    if (event.type === 'EXPIRED') return;
  }
}

function parseWatchLine(line: string): WatchEvent | undefined {
  let event: { type: string; object: ClusterObject & ApiStatus };
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    return undefined;
  }
  const { type, object } = event;
  if (type === 'BOOKMARK') return { type, resourceVersion: object.metadata.resourceVersion ?? '0' };
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object };
  return { type: 'EXPIRED' };
}

function readLog(client: ApiClient, query: LogQuery, signal: AbortSignal): AsyncIterable<string> {
  const { namespace, pod, ...rest } = query;
  const path = `/api/v1/namespaces/${segment(namespace)}/pods/${segment(pod)}/log`;
  return client.lines({ method: 'GET', path, query: rest }, signal);
}

async function mayI(client: ApiClient, find: FindResource, query: AccessQuery): Promise<boolean> {
  const { verb, namespace, subresource, apiVersion } = query;
  const { plural } = await findKnown(find, query);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const answer = await client.call({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, namespace, group, resource: plural, subresource } },
    },
  });
  if (answer.status !== 201 && answer.status !== 200) throw refused('say what you may do', answer);
  return (answer.body as { status?: { allowed?: boolean } }).status?.allowed === true;
}

/** `conflict with "kubectl" using apps/v1: .spec.replicas` */
function parseConflicts({ details }: ApiStatus): FieldConflict[] {
  return (details?.causes ?? [])
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => ({ manager: /"([^"]*)"/.exec(message)?.[1] ?? message, field }));
}

function pathOf(ref: KindRef, { plural, namespaced }: Resource, name?: string): string {
  const place = namespaced && ref.namespace !== undefined ? `/namespaces/${segment(ref.namespace)}` : '';
  return `${rootOf(ref.apiVersion)}${place}/${plural}${name === undefined ? '' : `/${segment(name)}`}`;
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
