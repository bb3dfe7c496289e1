import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../../../test/lib/kube-server/connect.ts';
import { ContainerLog } from '../../../../test/lib/kube-server/logs.ts';
import { startKubeServer, type KubeServer } from '../../../../test/lib/kube-server/server.ts';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { collectPoint, type CollectOptions } from './collect.ts';
import { createFrameWriter, packEvents } from './frames.ts';
import { RUN_LABEL } from './job.ts';

const NAMESPACE = 'default';
const REF = { apiVersion: 'batch/v1', kind: 'Job', namespace: NAMESPACE, name: 'point' };
const RUNNING = { containerStatuses: [{ name: 'client', state: { running: {} } }] };
const COMPLETE = { conditions: [{ type: 'Complete', status: 'True' }] };
const NO_NODE = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient amd.com/gpu' }],
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface PodParts {
  /** Unique id of its Job. */
  readonly owner?: string;
  readonly status?: object;
  readonly nodeName?: string;
}

/** A cluster that holds the Job of a point. */
class PointCluster {
  readonly server: KubeServer;
  readonly cluster: Cluster;
  readonly uid: string;

  constructor(server: KubeServer, status: object) {
    this.server = server;
    this.cluster = connectTo(server);
    const { apiVersion, kind, namespace, name } = REF;
    this.uid = server.store.put({ apiVersion, kind, metadata: { namespace, name }, status } as never).metadata.uid;
  }

  addPod(name: string, { owner = this.uid, status = RUNNING, nodeName = '' }: PodParts = {}): void {
    const labels = { [RUN_LABEL]: 'run', 'job-name': REF.name };
    this.server.store.put({
      ...{ apiVersion: 'v1', kind: 'Pod', spec: nodeName === '' ? {} : { nodeName }, status },
      metadata: { namespace: NAMESPACE, name, labels, ownerReferences: [{ kind: 'Job', name: REF.name, uid: owner }] },
    } as never);
  }

  /** The log of a pod that has measured. */
  addLog(pod: string, model: string): void {
    const log = new ContainerLog();
    const write = createFrameWriter((line) => log.write(line.trimEnd()));
    const { pieces, sha256 } = packEvents(`${JSON.stringify({ type: 'failed', message: model })}\n`);
    write('progress', '{"type":"progress"}');
    for (const piece of pieces) write('data', piece);
    write('end', JSON.stringify({ status: 0, sha256, errors: [] }));
    log.end();
    this.server.logs.set(`${NAMESPACE}/${pod}/client`, log);
  }

  /** How often the log was asked for. */
  get reads(): number {
    return this.server.requests.filter(({ path }) => path.endsWith('/log')).length;
  }

  collect(options: Partial<CollectOptions> = {}) {
    const quiet = { onPhase: () => undefined, onProgress: () => undefined };
    const { signal } = new AbortController();
    const job = { ref: REF, uid: this.uid, run: 'run' };
    return collectPoint(this.cluster, job, { signal, ...quiet, pollMs: 2, placeTimeoutMs: 60_000, ...options });
  }
}

async function open(status: object = {}): Promise<PointCluster> {
  const server = await startKubeServer();
  closers.push(() => server.close());
  return new PointCluster(server, status);
}

describe('the results of a point', () => {
  it.each(['end', 'break'] as const)('are read on after connections that %s', async (how) => {
    const point = await open();
    point.addPod('a');
    point.addLog('a', 'm');
    point.server.faults.cutLog = { after: 1, how };
    expect(await point.collect()).toMatchObject({ events: [{ message: 'm' }] });
    expect(point.reads).toBe(2);
  });

  it('are those of this Job, not of one that had its name before', async () => {
    const point = await open();
    point.addPod('old', { owner: 'gone' });
    point.addLog('old', 'old');
    const collecting = point.collect();
    await sleep(50);
    point.addPod('new');
    point.addLog('new', 'new');
    expect(await collecting).toMatchObject({ events: [{ message: 'new' }] });
  });

  it('do not come of a Job that is removed or replaced', async () => {
    const dying = await open();
    dying.addPod('a');
    dying.server.store.markDeleted(dying.server.store.list('Job')[0]!);
    await expect(dying.collect()).rejects.toThrow('somebody removed it');
    const replaced = await open();
    replaced.addPod('a');
    const [job] = replaced.server.store.list('Job');
    replaced.server.store.remove(job!);
    replaced.server.store.put({ ...REF, metadata: { namespace: NAMESPACE, name: REF.name } });
    await expect(replaced.collect()).rejects.toThrow('somebody removed it');
  });

  it('are given up at once where the log may not be read', async () => {
    const point = await open();
    point.addPod('a');
    point.server.denied.add('get pods/log');
    await expect(point.collect()).rejects.toMatchObject({
      code: 'remote',
      hint: expect.stringMatching(/permission/) as string,
    });
    expect(point.reads).toBe(1);
  });

  it.each([
    ['ended', COMPLETE, { code: 'check-failed', details: [expect.stringContaining('refused by the test')] }],
    ['runs', {}, { code: 'remote', message: expect.stringContaining('refused by the test') as string }],
  ])('are given up when the log of a Job that %s can never be read', async (_, status, expected) => {
    const point = await open(status);
    point.addPod('a');
    point.server.faults.refuse = ({ path }) => (path.endsWith('/log') ? 500 : undefined);
    await expect(point.collect()).rejects.toMatchObject(expected);
    expect(point.reads).toBeLessThan(40);
  });

  it('need no right to read events', async () => {
    const point = await open();
    point.server.denied.add('list events');
    point.addPod('a', { status: { phase: 'Pending' }, nodeName: 'n' });
    const collecting = point.collect();
    await sleep(50);
    point.addPod('a', { nodeName: 'n' });
    point.addLog('a', 'm');
    expect(await collecting).toMatchObject({ events: [{ message: 'm' }] });
  });
});

describe('the time for a node', () => {
  it('does not run while another Job of the run holds one', async () => {
    const point = await open();
    point.addPod('a', { status: NO_NODE });
    point.addPod('other', { owner: 'other', nodeName: 'n' });
    let isOver = false;
    const collecting = point.collect({ placeTimeoutMs: 40 }).catch((error: unknown) => error);
    void collecting.then(() => (isOver = true));
    await sleep(150);
    expect(isOver).toBe(false);
    point.addPod('other', { owner: 'other', nodeName: 'n', status: { phase: 'Succeeded' } });
    expect(await collecting).toMatchObject({
      code: 'environment',
      message: expect.stringMatching(/no node/) as string,
    });
  });
});
