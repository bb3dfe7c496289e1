import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation: number;
    creationTimestamp: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  spec: StoredSpec;
  status: StoredStatus;
  [field: string]: unknown;
}

export interface StoredContainer {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string } };
  }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
  readonly restartPolicy?: string;
}

/** Fields of the kinds that the controllers and tests read. */
export interface StoredSpec {
  readonly replicas?: number;
  readonly backoffLimit?: number;
  readonly storageClassName?: string;
  readonly nodeName?: string;
  readonly containers?: readonly StoredContainer[];
  readonly initContainers?: readonly StoredContainer[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly persistentVolumeClaim?: { readonly claimName: string };
    readonly configMap?: { readonly name: string };
  }[];
  readonly template?: { readonly metadata?: { readonly labels?: Record<string, string> }; readonly spec: object };
}

export interface StoredStatus {
  readonly phase?: string;
  readonly succeeded?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly allocatable?: Readonly<Record<string, string>>;
}

export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

/** New or changed objects as a caller gives them. */
export interface Given {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly deletionTimestamp?: string;
  };
}

/** What a cluster holds, with the history that watches are served from. */
export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  readonly #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  #version = 100;
  /** Changes up to this version are forgotten: watches from there have expired. */
  #forgotten = 0;

  get version(): number {
    return this.#version;
  }

  get(kind: string, namespace: string | undefined, name: string): Stored | undefined {
    return this.#objects.get(keyOf({ kind, namespace, name }));
  }

  list(kind: string, namespace?: string): Stored[] {
    return [...this.#objects.values()].filter(
      (each) => each.kind === kind && (namespace === undefined || each.metadata.namespace === namespace),
    );
  }

  /** Writes an object; a change of its `spec` counts as a new generation. */
  put(given: Given): Stored {
    const { namespace, name } = given.metadata;
    const key = keyOf({ kind: given.kind, namespace, name });
    const before = this.#objects.get(key);
    const copy = { spec: {}, status: {}, ...structuredClone(given) } as Stored;
    if (before !== undefined && isDeepStrictEqual(strip(before), strip(copy))) return before;
    const changed = before !== undefined && !isDeepStrictEqual(before['spec'], copy['spec']);
    const object: Stored = {
      ...copy,
      metadata: {
        ...copy.metadata,
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
        generation: (before?.metadata.generation ?? 1) + (changed ? 1 : 0),
        resourceVersion: String(++this.#version),
      },
    };
    this.#objects.set(key, object);
    this.#publish({ version: this.#version, type: before === undefined ? 'ADDED' : 'MODIFIED', object });
    return object;
  }

  /** Changes part of an object. */
  patch(object: Stored, fields: Record<string, unknown>): Stored {
    const now = this.get(object.kind, object.metadata.namespace, object.metadata.name);
    return now === undefined ? object : this.put({ ...now, ...fields });
  }

  /** Says of an object that it is being deleted. */
  markDeleted(object: Stored): void {
    this.put({ ...object, metadata: { ...object.metadata, deletionTimestamp: new Date().toISOString() } });
  }

  /** Removes an object and everything it owns. */
  remove({ kind, metadata }: Stored): void {
    const key = keyOf({ kind, namespace: metadata.namespace, name: metadata.name });
    const object = this.#objects.get(key);
    if (object === undefined || !this.#objects.delete(key)) return;
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#publish({ version: this.#version, type: 'DELETED', object: gone });
    for (const each of [...this.#objects.values()]) {
      if (each.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid)) this.remove(each);
    }
  }

  /** Changes after a version; undefined when they are no longer known. */
  since(version: number): Change[] | undefined {
    return version < this.#forgotten ? undefined : this.#history.filter((change) => change.version > version);
  }

  /** Forgets all history, as a server does after some minutes. */
  forget(): void {
    this.#forgotten = ++this.#version;
    this.#history.length = 0;
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #publish(change: Change): void {
    this.#history.push(change);
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function strip(object: Stored): object {
  const { labels, annotations, ownerReferences, deletionTimestamp } = object.metadata;
  return { ...object, metadata: { labels, annotations, ownerReferences, deletionTimestamp } };
}

function keyOf({ kind, namespace, name }: { kind: string; namespace: string | undefined; name: string }): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** Whether labels meet a selector of the form `a=b,c!=d,e`. */
export function matchesSelector(selector: string | null, labels: Record<string, string> = {}): boolean {
  return (selector ?? '')
    .split(',')
    .filter((each) => each !== '')
    .every((each) => {
      const [, name = '', operator, value] = /^([^!=]+)(?:(!=|==?)(.*))?$/.exec(each) ?? [];
      if (operator === undefined) return name in labels;
      return operator === '!=' ? labels[name] !== value : labels[name] === value;
    });
}

/** Whether an object meets a field selector of the form `a.b=c`. */
export function matchesFields(selector: string | null, object: Stored): boolean {
  return (selector ?? '')
    .split(',')
    .filter((each) => each !== '')
    .every((each) => {
      const [path = '', value] = each.split('=');
      let found: unknown = object;
      for (const part of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
      return found === value;
    });
}
