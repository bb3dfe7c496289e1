import { describe, expect, it } from 'vitest';
import { deployPlan } from '../../test/lib/deploy-plans.ts';
import type { DeployRequest } from './request.ts';
import { PODS_VERSION, renderKserve, type InferenceService } from './kserve.ts';

async function service(said: Partial<DeployRequest> = {}): Promise<InferenceService> {
  const objects = renderKserve(await deployPlan({ target: 'kserve', cache: 'ephemeral', ...said }));
  return objects.find(({ kind }) => kind === 'InferenceService') as InferenceService;
}

describe('the InferenceService', () => {
  it('changes with everything its pods are made of, and only its replicas with their number', async () => {
    const versionOf = async (said?: Partial<DeployRequest>) =>
      (await service(said)).spec.predictor.annotations[PODS_VERSION];
    const version = await versionOf();
    expect(version).toMatch(/^[0-9a-f]{16}$/);
    expect(await versionOf()).toBe(version);
    expect(await versionOf({ replicas: 3 })).toBe(version);
    const others = [{ image: 'ghcr.io/org/aim-base:2' }, { env: { A: 'b' } }, { priorityClass: 'high' }];
    for (const said of others) expect(await versionOf(said)).not.toBe(version);
  });

  it('leaves the replicas to KServe only where no autoscaler sets them', async () => {
    const classOf = ({ metadata }: InferenceService) => metadata.annotations?.['serving.kserve.io/autoscalerClass'];
    expect(classOf(await service({ replicas: 2 }))).toBe('none');
    expect(classOf(await service({ autoscaling: 'keda', maxReplicas: 2 }))).toBe('external');
  });
});
