import { join } from 'node:path';
import { findModelFacts } from 'aim-runtime/estimate';
import { loadDeployFacts } from '../../src/deploy/load.ts';
import { planDeployment } from '../../src/deploy/plan.ts';
import type { DeploymentPlan } from '../../src/deploy/deployment-plan.ts';
import { failure } from '../../src/exit-codes.ts';
import type { DeployRequest } from '../../src/deploy/request.ts';
import { REPOSITORY } from './aimctl.ts';

/** A request as the flags make one when little is said. */
export function deployRequest(said: Partial<DeployRequest> = {}): DeployRequest {
  return {
    target: 'kubernetes',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    name: undefined,
    namespace: 'default',
    replicas: 1,
    autoscaling: 'none',
    minReplicas: 1,
    maxReplicas: undefined,
    prometheusUrl: 'http://prometheus:9090',
    gpuModel: undefined,
    gpuCount: undefined,
    precision: undefined,
    metric: 'latency',
    engine: 'vllm',
    profile: undefined,
    checkFit: true,
    cache: 'pvc',
    cacheBytes: undefined,
    cachePath: '/var/lib/aim/models',
    storageClass: undefined,
    accessMode: undefined,
    hfSecret: undefined,
    image: undefined,
    registry: 'ghcr.io/example',
    pullSecrets: [],
    hostname: undefined,
    gateway: undefined,
    priorityClass: undefined,
    deviceGroups: [44, 109],
    engineArgs: {},
    env: {},
    ...said,
  };
}

/** Plans with the profiles of this repository and what is known of models offline. */
export async function deployPlan(said: Partial<DeployRequest> = {}): Promise<DeploymentPlan> {
  const request = deployRequest(said);
  const facts = await loadDeployFacts(request, {
    profiles: join(REPOSITORY, 'profiles'),
    version: '0.9.0',
    findFacts: (checkpoint) => {
      const known = findModelFacts(checkpoint);
      return known
        ? Promise.resolve(known)
        : Promise.reject(failure('usage', { message: `${checkpoint} is not in the table` }));
    },
    findDigest: undefined,
  });
  return planDeployment(request, facts);
}
