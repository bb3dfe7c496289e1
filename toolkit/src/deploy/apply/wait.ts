import { failure } from '../../exit-codes.ts';
import type { Cluster, ClusterObject, ObjectQuery } from '../../kubernetes/cluster.ts';
import { followObjects } from '../../kubernetes/follow.ts';
import type { Pod } from '../../kubernetes/resources.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { findTrouble, type Surroundings, type Trouble } from './troubles.ts';

/** One object that is waited for. */
export interface Awaited {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Label selector of its pods. */
  readonly pods: string;
  /** Unique ids of pods of an earlier state, whose troubles do not count. */
  readonly oldPods: ReadonlySet<string>;
  /** For what others make of an applied object: whether it shows the applied state yet. It may not be there yet. */
  readonly isCurrent?: (object: ClusterObject) => boolean;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How far it is, each time that changes. */
  readonly onPhase: (text: string) => void;
  /** Each trouble once. */
  readonly onTrouble: (trouble: Trouble) => void;
}

/** Waits until an object is ready. @throws AimError check-failed when it cannot become that or takes too long, remote */
export async function waitUntilReady(cluster: Cluster, wanted: Awaited, options: WaitOptions): Promise<void> {
  const done = new AbortController();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout, done.signal]);
  const seen: Seen = { object: undefined, text: undefined, troubles: new Map() };
  const { apiVersion, kind, namespace, name } = wanted;
  const pods: ObjectQuery = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: wanted.pods };
  const both = [
    watchObject(
      cluster,
      { apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` },
      { seen, options, signal, isCurrent: wanted.isCurrent },
    ),
    watchPods(cluster, pods, { seen, options, signal, oldPods: wanted.oldPods }),
  ];
  try {
    const result = await Promise.race(both);
    options.signal.throwIfAborted();
    if (result?.why === 'ready') return;
    throw notReady(wanted, seen, result);
  } finally {
    done.abort();
    await Promise.allSettled(both);
  }
}

interface Seen {
  object: ClusterObject | undefined;
  /** How far it was last. */
  text: string | undefined;
  /** By pod. */
  readonly troubles: Map<string, Trouble>;
}

/** Undefined: time is up. */
type Ending = { readonly why: 'ready' | 'failed' | 'removed'; readonly text: string } | undefined;

interface Watching {
  readonly seen: Seen;
  readonly options: WaitOptions;
  readonly signal: AbortSignal;
}

async function watchObject(
  cluster: Cluster,
  query: ObjectQuery,
  { seen, options, signal, isCurrent }: Watching & { readonly isCurrent: Awaited['isCurrent'] },
): Promise<Ending> {
  for await (const [object] of followObjects(cluster, query, { signal })) {
    if (object === undefined && (isCurrent === undefined || seen.object !== undefined)) {
      return { why: 'removed', text: 'somebody removed it' };
    }
    seen.object = object;
    const readiness = stateOf(object, isCurrent);
    seen.text = readiness.text;
    options.onPhase(readiness.text);
    if (readiness.state === 'ready') return { why: 'ready', text: readiness.text };
    if (readiness.state === 'failed') return { why: 'failed', text: readiness.text };
  }
  return undefined;
}

function stateOf(object: ClusterObject | undefined, isCurrent: Awaited['isCurrent']): Readiness {
  if (object === undefined) return { state: 'waiting', text: 'it is not there yet' };
  if (isCurrent?.(object) === false) return { state: 'waiting', text: 'the change has not reached it yet' };
  return readinessOf(object) ?? { state: 'ready', text: '' };
}

async function watchPods(
  cluster: Cluster,
  query: ObjectQuery,
  { seen, options, signal, oldPods }: Watching & Pick<Awaited, 'oldPods'>,
): Promise<Ending> {
  for await (const pods of followObjects(cluster, query, { signal })) {
    const own = (pods as readonly Pod[]).filter(({ metadata }) => !oldPods.has(metadata.uid ?? ''));
    const found = await loadTroubles(cluster, own, query.namespace ?? '');
    const before = new Set([...seen.troubles.values()].map(({ message }) => message));
    seen.troubles.clear();
    for (const trouble of found) {
      seen.troubles.set(trouble.pod, trouble);
      if (!before.has(trouble.message)) options.onTrouble(trouble);
    }
    const lasting = found.find((each) => each.lasting);
    if (lasting !== undefined) return { why: 'failed', text: lasting.message };
  }
  return undefined;
}

/** What is wrong with these pods. @throws AimError remote */
export async function loadTroubles(cluster: Cluster, pods: readonly Pod[], namespace: string): Promise<Trouble[]> {
  const unready = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isServing(pod));
  if (unready.length === 0) return [];
  const [events, claims] = await Promise.all([
    cluster.list({ apiVersion: 'v1', kind: 'Event', namespace, fieldSelector: 'involvedObject.kind=Pod' }),
    cluster.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace }),
  ]);
  const surroundings: Surroundings = {
    events: events.items,
    claims: claims.items,
    nowMs: Date.now(),
  };
  return unready.map((pod) => findTrouble(pod, surroundings)).filter((each) => each !== undefined);
}

function isServing({ status }: Pod): boolean {
  return (
    status?.phase === 'Succeeded' ||
    (status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') ?? false)
  );
}

function notReady({ kind, name }: Awaited, { text, troubles }: Seen, ending: Ending): Error {
  const [first] = troubles.values();
  const why =
    first === undefined ? (ending?.text ?? text ?? 'nothing is known of it') : `${first.pod}: ${first.message}`;
  return failure('check-failed', {
    message: `${kind.toLowerCase()}/${name} ${ending === undefined ? 'is not ready in time' : 'does not become ready'}: ${why}`,
    hint: first?.hint ?? 'See kubectl describe and the events of the namespace.',
    details: [...troubles.values()].slice(1).map((each) => `${each.pod}: ${each.message}`),
  });
}
