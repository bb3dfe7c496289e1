import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../../kubernetes/cluster.ts';
import { isReady } from './deployed.ts';
import { readinessOf } from './readiness.ts';
import { planPrune, planRemoval, waitUntilGone } from './remove.ts';

const object = (kind: string, name: string, more: object = {}, metadata: object = {}): ClusterObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, namespace: 'models', uid: name, ...metadata } },
  ...more,
});
const named = (objects: readonly ClusterObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const ended = (type: 'Complete' | 'Failed') => ({ status: { conditions: [{ type, status: 'True' }] } });
const OWNED = { ownerReferences: [{ kind: 'InferenceService', name: 'a', uid: 'u' }] };

describe('what a deployment no longer consists of', () => {
  it('goes, last applied first, but for volumes, Jobs that ended and what others made', () => {
    const existing = [
      object('ConfigMap', 'a-profile-1'),
      object('PersistentVolumeClaim', 'a-models'),
      object('Job', 'a-preload-1', ended('Failed')),
      object('Job', 'a-preload-2', ended('Complete')),
      object('Job', 'a-preload-3'),
      object('Deployment', 'a'),
      object('Deployment', 'a-predictor', {}, OWNED),
      object('Service', 'a'),
      object('HorizontalPodAutoscaler', 'keda-hpa-a', {}, OWNED),
      object('HTTPRoute', 'a', {}, { deletionTimestamp: 'now' }),
    ];
    const stale = planPrune(existing, [object('Service', 'a'), object('InferenceService', 'a')]);
    expect(named(stale)).toEqual(['Deployment a', 'Job a-preload-3', 'ConfigMap a-profile-1']);
  });
});

describe('what is removed with a deployment', () => {
  it('is everything but volumes and what goes by itself', () => {
    const all = [object('PersistentVolumeClaim', 'm'), object('Deployment', 'p', {}, OWNED), object('Service', 'a')];
    expect(named(planRemoval(all, false).removed)).toEqual(['Service a']);
    expect(named(planRemoval(all, false).kept)).toEqual(['PersistentVolumeClaim m']);
    expect(named(planRemoval(all, true).removed)).toEqual(['Service a', 'PersistentVolumeClaim m']);
  });
});

describe('the wait for an object to go', () => {
  const signal = new AbortController().signal;
  const dying = object('Deployment', 'a');
  const seen = (uids: (string | undefined)[]) => ({
    get: () => Promise.resolve(uids.length === 0 ? undefined : object('Deployment', 'a', {}, { uid: uids.shift() })),
  });

  it('ends with the object, or when another one has its name', async () => {
    const gone = seen(['a', 'a']);
    await waitUntilGone(gone, dying, { pollMs: 1, signal });
    const other = seen(['a', 'b', 'b']);
    await waitUntilGone(other, dying, { pollMs: 1, signal });
    expect((await other.get())?.metadata.uid).toBe('b');
  });

  it('ends in time, and with the reason of an interruption', async () => {
    const stays = { get: () => Promise.resolve(dying) };
    await expect(waitUntilGone(stays, dying, { pollMs: 1, timeoutMs: 20, signal })).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('deployment/a is still being removed') as string,
    });
    const why = new Error('interrupted');
    const interrupted = waitUntilGone(stays, dying, { signal: AbortSignal.abort(why) });
    await expect(interrupted).rejects.toBe(why);
  });
});

describe('whether a deployment is ready', () => {
  const states = (...objects: ClusterObject[]) =>
    objects.map((each) => ({ object: each, readiness: readinessOf(each) }));
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  const serving = object('Deployment', 'a', { status });

  it('does not depend on preload Jobs that failed once there are servers', () => {
    const failed = object('Job', 'a-preload', ended('Failed'));
    expect(isReady(states(failed))).toBe(false);
    expect(isReady(states(failed, serving))).toBe(true);
    expect(isReady(states(failed, object('Deployment', 'a')))).toBe(false);
    expect(isReady(states(object('Job', 'a-preload'), serving))).toBe(false);
  });

  it('depends on what the operator says of the present state', () => {
    const ready = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] };
    const service = (generation: number) => object('AIMService', 'a', { status: ready }, { generation });
    expect(readinessOf(service(1))).toMatchObject({ state: 'ready' });
    expect(readinessOf(service(2))).toMatchObject({
      state: 'waiting',
      text: expect.stringContaining('operator') as string,
    });
    // KServe tells the generation of the Deployment it makes.
    const inference = object('InferenceService', 'a', { status: ready }, { generation: 2 });
    expect(readinessOf(inference)).toMatchObject({ state: 'ready' });
  });
});
