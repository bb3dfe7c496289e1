import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../test/lib/kube-server/connect.ts';
import { ContainerLog } from '../../test/lib/kube-server/logs.ts';
import { startKubeServer, type KubeServer } from '../../test/lib/kube-server/server.ts';
import { failure } from '../exit-codes.ts';
import type { Cluster } from './cluster.ts';
import { isForbidden } from './refusals.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p' };
const QUERY = { namespace: 'default', pod: 'p', container: 'c', follow: true };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Opened {
  readonly server: KubeServer;
  readonly cluster: Cluster;
  readonly log: ContainerLog;
  readonly interrupt: () => void;
}

/** A cluster with one pod whose log has three lines. */
async function open(): Promise<Opened> {
  const server = await startKubeServer();
  closers.push(() => server.close());
  server.store.put({ ...POD, metadata: { name: POD.name, namespace: POD.namespace } });
  const log = new ContainerLog();
  for (const line of ['one', 'two', 'three']) log.write(line);
  server.logs.set('default/p/c', log);
  const controller = new AbortController();
  const interrupt = () => controller.abort(failure('interrupted', { message: 'interrupted' }));
  return { server, log, interrupt, cluster: connectTo(server, controller.signal) };
}

async function readAll({ cluster }: Opened, signal = new AbortController().signal): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of cluster.readLog(QUERY, signal)) lines.push(line);
  return lines;
}

describe('lines of a cluster', () => {
  it.each(['end', 'break'] as const)('end where the connection does, which may %s', async (how) => {
    const opened = await open();
    opened.server.faults.cutLog = { after: 2, how };
    expect((await readAll(opened)).slice(0, 2)).toEqual(['one', 'two']);
  });

  it('end with the reason of the signal', async () => {
    const opened = await open();
    const own = new AbortController();
    const reading = readAll(opened, own.signal);
    setTimeout(() => own.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
    const other = readAll(opened);
    setTimeout(opened.interrupt, 50);
    await expect(other).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('that are refused are told from those that do not come', async () => {
    const opened = await open();
    opened.server.denied.add('get pods/log');
    const denied: unknown = await readAll(opened).catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: 'remote' });
    expect(isForbidden(denied)).toBe(true);
    opened.server.denied.clear();
    opened.server.faults.refuse = () => 500;
    const broken: unknown = await readAll(opened).catch((error: unknown) => error);
    expect(broken).toMatchObject({ code: 'remote' });
    expect(isForbidden(broken)).toBe(false);
  });
});

describe('requests to a cluster that is busy', () => {
  it('end with the reason of the signal, in a pause too', async () => {
    const { cluster, server, interrupt } = await open();
    server.faults.refuse = () => 503;
    const asking = cluster.version();
    while (server.requests.length === 0) await sleep(5);
    await sleep(20); // in the pause before the next attempt
    interrupt();
    await expect(asking).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('still remove what is there after an interruption', async () => {
    const { cluster, server, interrupt } = await open();
    await cluster.get(POD);
    let left = 1;
    server.faults.refuse = ({ method }) => (method === 'DELETE' && left-- > 0 ? 503 : undefined);
    interrupt();
    expect(await cluster.remove(POD)).toBe(true);
    expect(server.store.list('Pod')).toEqual([]);
  });
});
