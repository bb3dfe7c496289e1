import { describe, expect, it } from 'vitest';
import { deployPlan } from '../../../../test/lib/deploy-plans.ts';
import { renderPointFiles, renderPointJob } from './job.ts';

const SAID = { run: 'r1', clientImage: 'node:24', deadlineSeconds: 60 };

describe('the job of a point', () => {
  it('starts the server first, as a sidecar with the GPUs, and ends with the client', async () => {
    const { spec } = renderPointJob({ ...SAID, name: 'aim-bench-1', server: await deployPlan({}) });
    const { initContainers, containers, restartPolicy } = spec.template.spec;
    expect(initContainers.map(({ restartPolicy: policy }) => policy)).toEqual(['Always']);
    expect(JSON.stringify(initContainers[0])).toContain('"amd.com/gpu":');
    expect(initContainers[0]).toHaveProperty('startupProbe');
    expect(containers.map(({ name }) => name)).toEqual(['client']);
    expect(JSON.stringify(containers)).not.toContain('amd.com/gpu');
    expect({ restartPolicy, deadline: spec.activeDeadlineSeconds }).toEqual({ restartPolicy: 'Never', deadline: 60 });
  });

  it('mounts nothing but what is made with it and removed with it', async () => {
    const plan = await deployPlan({});
    const file = { path: '/profiles/own.yaml', text: 'aim_id: own' };
    const server = { ...plan, profile: { ...plan.profile, file } };
    for (const name of ['aim-bench-1', 'aim-bench-2']) {
      const job = renderPointJob({ ...SAID, name, server });
      const maps = renderPointFiles({ ...job, uid: 'u' }, server, { 'request.json': '{}' });
      const mounted = job.spec.template.spec.volumes.flatMap((volume) =>
        'configMap' in volume ? [(volume.configMap as { name: string }).name] : [],
      );
      expect(mounted).toHaveLength(2);
      expect(maps.map(({ metadata }) => metadata.name).sort()).toEqual(mounted.sort());
      for (const { metadata } of maps) {
        expect(metadata).toMatchObject({
          namespace: server.namespace,
          ownerReferences: [{ kind: 'Job', name, uid: 'u' }],
        });
        expect(metadata.name.startsWith(name)).toBe(true);
      }
    }
  });
});
