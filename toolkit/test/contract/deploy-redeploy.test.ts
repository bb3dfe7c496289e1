import { describe, expect, it } from 'vitest';
import { checkedJson } from '../lib/aimctl.ts';
import { apply, MODEL, NAME, openTestCluster, pause, until } from '../lib/deploy-cluster.ts';
import type { KubeServer } from '../lib/kube-server/server.ts';

const names = ({ store }: KubeServer, kind: string) => store.list(kind).map(({ metadata }) => metadata.name);
const imagesOf = ({ store }: KubeServer) => store.list('Pod').map(({ spec }) => spec.containers?.[0]?.image);

describe('a second aimctl deploy --apply', () => {
  it('removes what the deployment no longer consists of, unless it is kept', async () => {
    const { run, server } = await openTestCluster({ addOns: ['gateway'] });
    const scaled = ['--autoscaling', 'hpa', '--max-replicas', '2', '--cache', 'ephemeral'];
    const first = await run(...apply(...scaled, '--gateway', 'gw', '--hostname', 'a.example'));
    expect(first.stderr).not.toMatch(/Error/);
    await run(...apply('--cache', 'ephemeral', '--no-prune'));
    expect([...names(server, 'HTTPRoute'), ...names(server, 'HorizontalPodAutoscaler')]).toEqual([NAME, NAME]);
    const second = await run(...apply('--cache', 'ephemeral', '--json'));
    expect(second.status).toBe(0);
    expect(checkedJson('deploy', second)).toMatchObject({
      cluster: { removed: [`httproute/${NAME}`, `horizontalpodautoscaler/${NAME}`] },
    });
    expect(second.stderr).toContain(`removed httproute/${NAME}, which is no longer part of it`);
    expect([...names(server, 'HTTPRoute'), ...names(server, 'HorizontalPodAutoscaler')]).toEqual([]);
    expect(names(server, 'Deployment')).toEqual([NAME]);
  });

  it('changes over to KServe, whose own objects it leaves alone, and keeps the volume', async () => {
    const { run, server } = await openTestCluster({ addOns: ['kserve'] });
    await run(...apply());
    const kserve = ['deploy', MODEL, '--target', 'kserve', '--registry', 'ghcr.io/org', '--apply'];
    const changed = await run(...kserve);
    expect(changed.stderr).toContain(`removed deployment/${NAME}, which is no longer part of it`);
    expect(changed.status).toBe(0);
    expect(names(server, 'Deployment')).toEqual([`${NAME}-predictor`]);
    const predictor = server.store.list('Deployment')[0]!;
    const again = checkedJson('deploy', await run(...kserve, '--json'));
    expect(again).toMatchObject({ cluster: { removed: [] } });
    expect(server.store.list('Deployment')[0]!.metadata.uid).toBe(predictor.metadata.uid);
    expect(names(server, 'PersistentVolumeClaim')).toEqual([`${NAME}-models`]);
    const removed = checkedJson('deploy-delete', await run('deploy', 'delete', NAME, '--dry-run', '--json'));
    expect(removed).toMatchObject({
      removed: expect.not.arrayContaining([`deployment/${NAME}-predictor`]) as string[],
    });
  });

  it('writes nothing when it may not remove what has to go', async () => {
    const { run, server } = await openTestCluster();
    await run(...apply('--autoscaling', 'hpa', '--max-replicas', '2', '--cache', 'ephemeral'));
    server.denied.add('delete horizontalpodautoscalers');
    const before = server.store.version;
    const refused = await run(...apply('--cache', 'ephemeral'));
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/you may not delete horizontalpodautoscaler[^]*--no-prune/);
    expect(server.store.version).toBe(before);
  });

  it('refuses the name of another model, unless it is told to take it', async () => {
    const { run, server } = await openTestCluster();
    await run(...apply('--name', 'mine', '--cache', 'ephemeral'));
    const other = ['deploy', 'Qwen/Qwen3-32B', '--target', 'kubernetes', '--name', 'mine', '--cache', 'ephemeral'];
    const before = server.store.version;
    const refused = await run(...other, '--apply');
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(/"mine" in the namespace default is of meta-llama[^]*--name[^]*--force-conflicts/);
    expect(server.store.version).toBe(before);
    expect((await run(...other, '--apply', '--force-conflicts')).status).toBe(0);
    expect(imagesOf(server)).toEqual([expect.stringContaining('qwen3-32b')]);
  });

  it('waits until KServe has taken the change over, whatever the service says of its old pods', async () => {
    const pods: { fate?: 'not-ready' } = {};
    const { run, server } = await openTestCluster({ addOns: ['kserve'], fate: () => pods.fate });
    const deploy = ['deploy', MODEL, '--target', 'kserve', '--apply', '--cache', 'ephemeral'];
    expect((await run(...deploy, '--image', 'ghcr.io/org/aim-base:1')).status).toBe(0);
    expect(imagesOf(server)).toEqual(['ghcr.io/org/aim-base:1']);
    pods.fate = 'not-ready';
    const late = await run(...deploy, '--image', 'ghcr.io/org/aim-base:2', '--timeout', '3');
    expect(imagesOf(server)).toEqual(['ghcr.io/org/aim-base:2']);
    expect(late.stderr).toMatch(/deployment\/[^ ]+-predictor is not ready in time/);
    expect(late.status).toBe(3);
  });

  it('runs a preload Job again that failed, and forgets the failed ones of an earlier state', async () => {
    let fate: 'fail' | undefined = 'fail';
    const { run, server } = await openTestCluster({
      fate: ({ metadata }) => (metadata.labels?.['app.kubernetes.io/component'] === 'preload' ? fate : undefined),
    });
    const failed = await run(...apply('--cache', 'preload'));
    expect(failed.status).toBe(3);
    expect(server.store.list('Deployment')).toEqual([]);
    expect(await run('deploy', 'status', NAME)).toMatchObject({ status: 3 });
    const [first] = server.store.list('Job');
    fate = undefined;
    const again = await run(...apply('--cache', 'preload'));
    expect(again.stderr).toMatch(/removed job\/[^ ]+, which failed, to run it again/);
    expect(again.status).toBe(0);
    expect(server.store.list('Job').map(({ metadata }) => metadata.uid)).not.toContain(first!.metadata.uid);
    server.store.put({ ...first!, metadata: { ...first!.metadata, name: `${NAME}-preload-0ld` } });
    expect(server.store.list('Job')).toHaveLength(2);
    expect(await run('deploy', 'status', NAME)).toMatchObject({ status: 0 });
    expect((await run(...apply('--cache', 'preload'))).status).toBe(0);
    expect(names(server, 'Job')).toContain(`${NAME}-preload-0ld`);
  });
});

describe('objects that are being removed', () => {
  it('are waited for by deploy delete, unless it is told not to', async () => {
    const { run, start, server } = await openTestCluster();
    await run(...apply('--cache', 'ephemeral'));
    server.faults.lingers = ({ kind }) => kind === 'Deployment';
    const { ended } = start('deploy', 'delete', NAME);
    await until(() => server.store.list('Deployment')[0]?.metadata.deletionTimestamp !== undefined);
    const early = await Promise.race([ended, pause(1500)]);
    expect(early).toBeUndefined();
    server.store.remove(server.store.list('Deployment')[0]!);
    expect((await ended).status).toBe(0);
    await run(...apply('--cache', 'ephemeral', '--no-wait'));
    expect((await run('deploy', 'delete', NAME, '--no-wait')).status).toBe(0);
    expect(server.store.list('Deployment')).toHaveLength(1);
  });

  it('are not changed but made anew once they are gone', async () => {
    const { run, start, server } = await openTestCluster();
    await run(...apply('--cache', 'ephemeral'));
    const old = server.store.list('Deployment')[0]!;
    server.store.markDeleted(old);
    const late = await run(...apply('--cache', 'ephemeral', '--timeout', '1'));
    expect(late).toMatchObject({ status: 3, stderr: expect.stringMatching(/is still being removed/) as string });
    const asked = () => server.requests.filter(({ method, path }) => method === 'GET' && path.endsWith(NAME)).length;
    const before = asked();
    const { ended } = start(...apply('--cache', 'ephemeral'));
    await until(() => asked() > before + 1);
    server.store.remove(server.store.list('Deployment')[0]!);
    const { stderr, status } = await ended;
    expect(stderr).toMatch(/deployment\/[^ ]+ is being removed: waiting until it is gone/);
    expect(status).toBe(0);
    expect(server.store.list('Deployment')[0]!.metadata.uid).not.toBe(old.metadata.uid);
  });
});
