import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ClusterObject, ObjectQuery } from './cluster.ts';

/** Between watches that bring nothing, so that a server in trouble is not asked all the time. */
const PAUSE_MS = 500;
const MOST_FAILURES = 8;

/**
 * All objects of a query, again after every change. Watches that end are resumed where they were, and begun anew when
 * the server has forgotten that place. Ends with the signal. @throws AimError when the cluster stays away
 */
export async function* followObjects(
  cluster: Pick<Cluster, 'list' | 'watch'>,
  query: ObjectQuery,
  { signal, pauseMs = PAUSE_MS }: { readonly signal: AbortSignal; readonly pauseMs?: number },
): AsyncIterable<readonly ClusterObject[]> {
  let failures = 0;
  let state: { readonly objects: Map<string, ClusterObject>; version: string } | undefined;
  while (!signal.aborted) {
    try {
      if (state === undefined) {
        const { items, resourceVersion } = await cluster.list(query);
        state = { objects: new Map(items.map((item) => [item.metadata.name, item])), version: resourceVersion };
        yield [...state.objects.values()];
      }
      const { objects } = state;
      for await (const event of cluster.watch(query, state.version, signal)) {
        failures = 0;
        if (event.type === 'EXPIRED') {
          state = undefined;
          break;
        }
        state.version = event.type === 'BOOKMARK' ? event.resourceVersion : versionOf(event.object, state.version);
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') objects.delete(event.object.metadata.name);
        else objects.set(event.object.metadata.name, event.object);
        yield [...objects.values()];
      }
    } catch (error) {
      failures++;
      if (failures > MOST_FAILURES && !isEnded(signal)) throw error;
      // What the server refuses to go on with may be listed anew.
      state = undefined;
    }
    await pause(pauseMs, signal);
  }
}

function versionOf({ metadata }: ClusterObject, known: string): string {
  return metadata.resourceVersion ?? known;
}

function isEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  await sleep(timeMs, undefined, { signal }).catch(() => undefined);
}
