import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { deployPlan } from '../../../../test/lib/deploy-plans.ts';
import { connectTo } from '../../../../test/lib/kube-server/connect.ts';
import { addNode, startControllers } from '../../../../test/lib/kube-server/controllers.ts';
import { ContainerLog } from '../../../../test/lib/kube-server/logs.ts';
import { startKubeServer, type KubeServer } from '../../../../test/lib/kube-server/server.ts';
import { failure } from '../../../exit-codes.ts';
import type { ClientEvent, ClientRequest } from '../../client-protocol.ts';
import type { BenchHost, ServerRequest } from '../../host.ts';
import { createFrameWriter, packEvents } from './frames.ts';
import { createKubernetesHost } from './host.ts';

const MI300X = { 'amd.com/gpu.device-id': '74a1' };
const REQUEST: ServerRequest = { env: {}, gpuCount: 0, readyTimeoutMs: 1000 };
const POINT = {
  ...{ workers: 1, keepText: false, metricsIntervalMs: 0, amdSmi: [], resetPrefixCache: false },
  point: { id: 'p', dataset: { kind: 'random' }, durationMs: 1000 },
} as unknown as Omit<ClientRequest, 'baseUrl'>;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Opened {
  readonly server: KubeServer;
  readonly host: BenchHost;
  readonly notes: string[];
  /** Measures the point; returns the name of the pod that did. */
  readonly measure: () => Promise<string>;
}

/** A cluster whose pods log at once that they have measured, as far as `succeeds` says so. */
async function open(succeeds: () => boolean = () => true): Promise<Opened> {
  const server = await startKubeServer();
  closers.push(() => server.close());
  const run = (pod: { metadata: { name: string } }) => {
    if (!succeeds()) return Promise.resolve('fail' as const);
    const log = new ContainerLog();
    const write = createFrameWriter((line) => log.write(line.trimEnd()));
    const { pieces, sha256 } = packEvents(`${JSON.stringify({ type: 'done', by: pod.metadata.name })}\n`);
    for (const piece of pieces) write('data', piece);
    write('end', JSON.stringify({ status: 0, sha256, errors: [] }));
    log.end();
    server.logs.set(`default/${pod.metadata.name}/client`, log);
    return Promise.resolve('succeed' as const);
  };
  closers.push(startControllers(server, { run }));
  addNode(server, 'gpu-1', 8, MI300X);
  const notes: string[] = [];
  const host = createKubernetesHost({
    cluster: connectTo(server),
    ...{ namespace: 'default', runId: () => 'run', clientImage: 'node:24', gpuTimeoutMs: 60_000, pollMs: 2 },
    planServer: async ({ gpuCount, model }) => {
      if (model !== undefined) throw failure('usage', { message: `there are no profiles of the model ${model}` });
      const plan = await deployPlan({ cache: 'ephemeral' });
      return gpuCount === 0 ? plan : { ...plan, gpus: { ...plan.gpus, count: gpuCount } };
    },
    note: (text) => notes.push(text),
  });
  const measure = async () => {
    const { signal } = new AbortController();
    const running = await host.start(REQUEST, () => undefined, signal);
    const events: ClientEvent[] = [];
    await running.measure(POINT, (event) => events.push(event), signal);
    return (events.at(-1) as unknown as { by: string }).by;
  };
  return { server, host, notes, measure };
}

describe('the Job of a point', { timeout: 30_000 }, () => {
  it('is not gone on with while it is being removed', async () => {
    const { server, notes, measure } = await open();
    server.faults.lingers = ({ kind }) => kind === 'Job';
    const first = await measure();
    const [job] = server.store.list('Job');
    expect(job?.metadata.deletionTimestamp).toBeDefined();
    const again = measure();
    await sleep(300);
    expect(server.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/jobs/'))).toHaveLength(1);
    server.store.remove(job!);
    expect(await again).not.toBe(first);
    expect(notes).toEqual([]);
  });

  it('makes room for another one when it failed, and is named when it cannot be removed', async () => {
    let succeeds = false;
    const { server, notes, measure } = await open(() => succeeds);
    server.denied.add('delete jobs');
    await expect(measure()).rejects.toThrow(/ended without results/);
    const [job] = server.store.list('Job');
    expect(notes).toEqual([
      expect.stringContaining(`kubectl delete job ${job?.metadata.name ?? ''} --namespace default`),
    ]);
    succeeds = true;
    server.denied.clear();
    await measure();
    expect(server.store.list('Job')).toEqual([]);
  });
});

describe('room in a cluster', () => {
  it('is counted for what the servers need, as far as they can be planned', async () => {
    const { server, host } = await open();
    const of = (...counts: number[]) => host.room?.(counts.map((gpuCount) => ({ ...REQUEST, gpuCount })));
    expect(await of(1, 1)).toBe(8);
    expect(await of(1, 8, 8)).toBe(1);
    addNode(server, 'gpu-2', 8, { 'amd.com/gpu.device-id': '74a5' });
    expect(await of(8, 8)).toBe(1);
    expect(await host.room?.([{ ...REQUEST, model: 'a/b' }, REQUEST])).toBe(8);
  });
});
