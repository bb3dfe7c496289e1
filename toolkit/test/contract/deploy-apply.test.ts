import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkedJson } from '../lib/aimctl.ts';
import { apply, MODEL, NAME, openTestCluster, pause, startAimctl, TOKEN, until } from '../lib/deploy-cluster.ts';
import { addNode } from '../lib/kube-server/controllers.ts';
import { writeKubeconfig } from '../lib/kube-server/kubeconfig.ts';
import { startKubeServer, type KubeServer } from '../lib/kube-server/server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-apply-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const writes = ({ requests }: KubeServer) => requests.filter(({ method }) => method === 'PATCH' || method === 'DELETE');

describe('aimctl deploy --apply', () => {
  it('deploys, changes nothing the second time, shows it and removes it', async () => {
    const { run, server } = await openTestCluster();
    const first = await run(...apply('--json'));
    expect(first.stderr).not.toContain(TOKEN);
    expect(first.status).toBe(0);
    const report = checkedJson('deploy', first) as { cluster: { objects: { kind: string; outcome: string }[] } };
    expect(report.cluster.objects.map(({ kind, outcome }) => `${outcome} ${kind}`)).toEqual([
      'created PersistentVolumeClaim',
      'created Deployment',
      'created Service',
      'created PodDisruptionBudget',
    ]);
    const again = checkedJson('deploy', await run(...apply('--json'))) as typeof report;
    expect(new Set(again.cluster.objects.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    const status = await run('deploy', 'status', NAME, '--json');
    expect(status.status).toBe(0);
    expect(checkedJson('deploy-status', status)).toMatchObject({
      deployments: [
        { name: NAME, model: MODEL, ready: true, pods: [{ phase: 'Running', node: 'gpu-1', trouble: null }] },
      ],
    });
    const removed = checkedJson('deploy-delete', await run('deploy', 'delete', NAME, '--json'));
    expect(removed).toMatchObject({ kept: [`persistentvolumeclaim/${NAME}-models`] });
    expect(server.store.list('Deployment')).toEqual([]);
    expect(server.store.list('Pod')).toEqual([]);
    expect(server.store.list('PersistentVolumeClaim')).toHaveLength(1);
    await run('deploy', 'delete', NAME, '--delete-cache');
    expect(server.store.list('PersistentVolumeClaim')).toEqual([]);
    expect(await run('deploy', 'delete', NAME)).toMatchObject({ status: 2 });
  });

  it('fills the volume before it takes GPUs', async () => {
    const { run, server } = await openTestCluster();
    expect((await run(...apply('--cache', 'preload'))).status).toBe(0);
    const patched = writes(server).map(({ path }) => path.split('/').at(-2));
    const written = patched.slice(patched.length / 2); // the first half only asks
    expect(written).toEqual(['persistentvolumeclaims', 'jobs', 'deployments', 'services', 'poddisruptionbudgets']);
    const job = server.store.list('Job')[0]!;
    const deployment = server.store.list('Deployment')[0]!;
    expect(job['status'].succeeded).toBe(1);
    expect(Number(deployment.metadata.resourceVersion)).toBeGreaterThan(Number(job.metadata.resourceVersion));
  });

  it.each([
    [
      'no such namespace',
      ['--namespace', 'nowhere'],
      4,
      /has no namespace "nowhere"[^]*kubectl create namespace nowhere/,
    ],
    ['a missing secret', ['--hf-secret', 'hub:key'], 4, /has no secret "hub"[^]*--from-file=key=FILE/],
    ['a missing storage class', ['--storage-class', 'slow'], 4, /no storage class "slow"[^]*It has: fast/],
    ['other GPUs', ['--gpu-model', 'MI325X'], 4, /no node with GPUs is labelled as one with MI325X/],
    [
      'KEDA missing',
      ['--autoscaling', 'keda', '--max-replicas', '2', '--cache', 'ephemeral'],
      4,
      /does not know ScaledObject[^]*KEDA/,
    ],
    ['an unknown context', ['--context', 'tets'], 2, /no context "tets"[^]*Did you mean test/],
    ['a chart', ['--target', 'helm'], 2, /--apply is for kubernetes/],
  ])('writes nothing where there is %s', async (_, args, status, message) => {
    const { run, server } = await openTestCluster();
    const outcome = await run(
      'deploy',
      MODEL,
      '--apply',
      ...(args[0] === '--target' ? [] : ['--target', 'kubernetes']),
      ...args,
    );
    expect(outcome.stderr).toMatch(message);
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(writes(server)).toEqual([]);
  });

  it('tells everything that is missing at once', async () => {
    const { run, server } = await openTestCluster();
    server.store.remove(server.store.get('Node', undefined, 'gpu-1')!);
    addNode(server, 'plain', 0);
    server.denied.add('create services');
    const { stderr, status } = await run(...apply('--hf-secret', 'hub'));
    expect(status).toBe(4);
    expect(stderr).toMatch(/none of the cluster's 1 nodes offers amd.com\/gpu/);
    expect(stderr).toMatch(/you may not create Service/);
    expect(stderr).toMatch(/has no secret "hub"/);
    expect(writes(server)).toEqual([]);
  });

  it('says so when the cluster is away or does not know who calls', async () => {
    const { run, server } = await openTestCluster();
    server.faults.refuse = () => 401;
    expect(await run(...apply())).toMatchObject({ status: 5, stderr: expect.stringMatching(/credentials/) as string });
    server.faults.refuse = undefined;
    const closed = await startKubeServer();
    await closed.close();
    const gone = writeKubeconfig(join(scratch, 'gone.yaml'), closed.url);
    const outcome = await startAimctl(apply(), { KUBECONFIG: gone }).ended;
    expect(outcome).toMatchObject({
      status: 5,
      stderr: expect.stringMatching(/does not answer: ECONNREFUSED/) as string,
    });
    const none = await startAimctl(apply(), { KUBECONFIG: join(scratch, 'none.yaml') }).ended;
    expect(none).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/none.yaml, which does not exist/) as string,
    });
  });

  it('explains conflicts before it writes, and takes fields back when told to', async () => {
    const { run, server } = await openTestCluster();
    await run(...apply());
    const [deployment] = server.store.list('Deployment');
    server.edit(deployment!, { spec: { ...deployment!.spec, replicas: 3 } }, 'kubectl-edit');
    const before = server.store.version;
    const refused = await run(...apply());
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(
      /kubectl-edit changed deployment[^]*\.spec\.replicas belongs to kubectl-edit[^]*--force-conflicts/,
    );
    expect(server.store.list('Deployment')[0]!.spec.replicas).toBe(3);
    expect(server.store.version - before).toBeLessThan(20); // pods of the third-party change, nothing of ours
    expect((await run(...apply('--force-conflicts', '--no-wait'))).status).toBe(0);
    expect(server.store.list('Deployment')[0]!.spec.replicas).toBe(1);
  });

  it.each([
    ['image-pull', /image cannot be pulled: Failed to pull image[^]*--pull-secret/],
    ['out-of-memory', /took more memory than its limit, 3 times/],
    ['crash', /ended with status 3[^]*kubectl logs/],
  ] as const)('gives up and says why when a pod does not start: %s', async (fate, message) => {
    const { run, server } = await openTestCluster({ fate: () => fate });
    const { status, stderr } = await run(...apply());
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(
      /The cluster holds now: persistentvolumeclaim\/[^ ]+ \(created\), deployment\/[^ ]+ \(created\)/,
    );
    expect(stderr).toMatch(/aimctl deploy delete aim-llama/);
    expect(status).toBe(3);
    const shown = await run('deploy', 'status');
    expect(shown).toMatchObject({ status: 3, stdout: expect.stringMatching(message) as string });
    expect(server.store.list('Service')).toHaveLength(1);
  });

  it('waits for GPUs that others hold, says so, and ends in time', async () => {
    const { run, server } = await openTestCluster();
    server.store.put({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'other', namespace: 'default' } },
      spec: { nodeName: 'gpu-1', containers: [{ name: 'x', resources: { limits: { 'amd.com/gpu': '8' } } }] },
      status: { phase: 'Running' },
    } as never);
    const late = await run(...apply('--timeout', '2'));
    expect(late.status).toBe(3);
    expect(late.stderr).toMatch(/is not ready in time: [^]*Insufficient amd.com\/gpu/);
    setTimeout(() => server.store.remove(server.store.get('Pod', 'default', 'other')!), 1500);
    expect((await run(...apply())).status).toBe(0);
  });

  it('says so when no volume is provided', async () => {
    const { run, server } = await openTestCluster();
    server.store.listen(({ type, object }) => {
      if (type === 'ADDED' && object.kind === 'PersistentVolumeClaim')
        server.store.patch(object, { status: { phase: 'Pending' } });
    });
    const { status, stderr } = await run(...apply('--timeout', '2'));
    expect(status).toBe(3);
    expect(stderr).toMatch(/waits for its volume \([^)]*models[^)]*\)[^]*kubectl describe pvc[^]*--storage-class/);
    expect(stderr).toMatch(/The cluster holds now: persistentvolumeclaim/);
  });

  it('says so when a secret goes away before the pod starts', async () => {
    const { run, server } = await openTestCluster();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hub', namespace: 'default' } };
    server.store.put({ ...secret, data: { key: 'eA==' } } as never);
    server.store.listen(({ type, object }) => {
      const stored = server.store.get('Secret', 'default', 'hub');
      if (type === 'ADDED' && object.kind === 'Deployment' && stored !== undefined) server.store.remove(stored);
    });
    const { status, stderr } = await run(...apply('--hf-secret', 'hub:key'));
    expect(status).toBe(3);
    expect(stderr).toMatch(/cannot start: secret "hub" not found[^]*--hf-secret/);
  });

  it('goes on through watches that are cut, expired and refused', async () => {
    let fate: 'not-ready' | undefined = 'not-ready';
    const { start, server } = await openTestCluster({ fate: () => fate });
    const { ended } = start(...apply());
    await until(() => server.requests.some(({ path }) => path.endsWith('/pods')));
    for (const harm of [
      () => server.disconnect(),
      () => server.store.forget(),
      () => (server.faults.cutWatchAfter = 1),
    ]) {
      harm();
      await pause(700);
    }
    server.faults.refuse = ({ path }) => (path.endsWith('/pods') ? 500 : undefined);
    server.disconnect();
    await pause(300);
    server.faults.refuse = undefined;
    fate = undefined;
    const [pod] = server.store.list('Pod');
    server.store.patch(pod!, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } });
    const { status, stderr } = await ended;
    expect(stderr).toMatch(/Startup probe failed/);
    expect(status).toBe(0);
  });

  it('says what exists when it is interrupted', async () => {
    const { start, server } = await openTestCluster({ fate: () => 'not-ready' });
    const { ended, kill } = start(...apply());
    await until(() => server.store.list('Pod').length > 0);
    await pause(300);
    kill();
    const { status, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/The cluster holds now: persistentvolumeclaim[^]*deployment[^]*service/);
    // Whatever comes of the wait, what was waited for is complete.
    expect(server.store.list('Service')).toHaveLength(1);
    expect(server.store.list('PodDisruptionBudget')).toHaveLength(1);
  });

  it.each([
    ['kserve', 'kserve', 'InferenceService'],
    ['aim-operator', 'aim', 'AIMService'],
  ] as const)('deploys with %s where its kinds are installed', async (target, addOn, kind) => {
    const { run, server } = await openTestCluster({ addOns: [addOn] });
    const outcome = await run('deploy', MODEL, '--target', target, '--apply', '--registry', 'ghcr.io/org');
    expect(outcome.stderr).not.toMatch(/Error/);
    expect(outcome.status).toBe(0);
    expect(server.store.list(kind)).toHaveLength(1);
    const { run: bare } = await openTestCluster();
    const refused = await bare('deploy', MODEL, '--target', target, '--apply', '--registry', 'ghcr.io/org');
    expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining(`does not know`) as string });
  });
});
