/** What is sent to a cluster: any object, as far as every one has the same. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** An object as a cluster returns it; nothing below `metadata` was checked. */
export interface ClusterObject extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Objects of one kind. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for objects that belong to no namespace. */
  readonly namespace?: string;
}

export interface ObjectRef extends KindRef {
  readonly name: string;
}

export interface ObjectQuery extends KindRef {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ObjectList {
  readonly items: readonly ClusterObject[];
  /** From where a watch goes on. */
  readonly resourceVersion: string;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: ClusterObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** The version to go on from is no longer known: list again. */
  | { readonly type: 'EXPIRED' };

/** A field that another manager holds with another value. */
export interface FieldConflict {
  readonly manager: string;
  /** Such as `.spec.replicas`. */
  readonly field: string;
}

export interface ApplyOptions {
  /** Takes fields from their managers. */
  readonly force: boolean;
  /** Checks everything and writes nothing. */
  readonly dryRun: boolean;
}

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly object: ClusterObject; readonly created: boolean }
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldConflict[] };

export interface AccessQuery {
  readonly verb: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly subresource?: string;
}

export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  /** Lines that were written at this time or later, RFC 3339. */
  readonly sinceTime?: string;
  readonly tailLines?: number;
  /** Lines of the container that ran before this one. */
  readonly previous?: boolean;
  /** Puts the time, RFC 3339 with nanoseconds, and a space before every line. */
  readonly timestamps?: boolean;
}

/** A Kubernetes cluster as far as this program uses one. Every method throws AimError `remote` for what it refuses. */
export interface Cluster {
  /** Name of the context. */
  readonly context: string;
  readonly server: string;
  /** Namespace of the context. */
  readonly namespace: string;
  /** Version of the API server, such as `v1.31.2`. */
  version(): Promise<string>;
  /** Whether the cluster knows a kind. */
  knows(kind: Pick<KindRef, 'apiVersion' | 'kind'>): Promise<boolean>;
  /** Undefined where there is none. */
  get(ref: ObjectRef): Promise<ClusterObject | undefined>;
  /** Whether there is one, without reading it: secrets stay where they are. */
  exists(ref: ObjectRef): Promise<boolean>;
  /** Empty for a kind that the cluster does not know. */
  list(query: ObjectQuery): Promise<ObjectList>;
  /** Server-side apply in this program's name. */
  apply(manifest: Manifest, options: ApplyOptions): Promise<ApplyOutcome>;
  /** Whether there was one. What it owns is removed in the background. */
  remove(ref: ObjectRef): Promise<boolean>;
  /** Changes after a version; ends when the server ends it. */
  watch(query: ObjectQuery, resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  readLog(query: LogQuery, signal: AbortSignal): AsyncIterable<string>;
  /** Whether whoever calls may do it. */
  mayI(query: AccessQuery): Promise<boolean>;
}

/** In whose name fields are applied. */
export const FIELD_MANAGER = 'aimctl';

/** `deployment/name`, as kubectl writes it. */
export function describeObject({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Which object a manifest is about. */
export function toRef({ apiVersion, kind, metadata }: Manifest): ObjectRef {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}
