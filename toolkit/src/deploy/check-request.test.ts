import { describe, expect, it } from 'vitest';
import { checkRequest } from './check-request.ts';
import type { DeployRequest } from './request.ts';

const PLAIN = {
  target: 'kubernetes',
  replicas: 1,
  autoscaling: 'none',
  minReplicas: 1,
  cache: 'pvc',
} as DeployRequest;
const gateway = { name: 'gw', namespace: undefined };

describe('a request', () => {
  it.each<[string, Partial<DeployRequest>, RegExp | undefined]>([
    ['one replica with a claim', {}, undefined],
    ['two replicas with a claim of one node', { replicas: 2 }, /2 replicas cannot share/],
    ['the same, said', { replicas: 2, accessMode: 'ReadWriteOnce' }, /cannot share/],
    ['two replicas with a shared claim', { replicas: 2, accessMode: 'ReadWriteMany' }, undefined],
    ['two replicas without a claim', { replicas: 2, cache: 'ephemeral' }, undefined],
    ['two replicas of a node folder', { replicas: 2, cache: 'hostpath' }, undefined],
    ['many by an autoscaler', { autoscaling: 'keda', maxReplicas: 3 }, /3 replicas cannot share/],
    ['an autoscaler without a bound', { autoscaling: 'hpa', cache: 'ephemeral' }, /needs --max-replicas/],
    ['a bound without an autoscaler', { maxReplicas: 3, cache: 'ephemeral' }, /needs an autoscaler/],
    [
      'bounds the wrong way round',
      { autoscaling: 'keda', minReplicas: 3, maxReplicas: 2, cache: 'ephemeral' },
      /is more than/,
    ],
    ['replicas of one host', { target: 'compose', replicas: 2 }, /one replica/],
    ['an autoscaler of one host', { target: 'docker', autoscaling: 'keda', maxReplicas: 1 }, /one replica/],
    ['a route on one host', { target: 'docker', gateway }, /no routes/],
    ['a host name without a Gateway', { hostname: 'a.b' }, /--hostname needs the Gateway/],
    ['both', { hostname: 'a.b', gateway }, undefined],
    ['the operator with a host name', { target: 'aim-operator', hostname: 'a.b', gateway }, /nothing like --hostname/],
    [
      'the operator with an HPA',
      { target: 'aim-operator', autoscaling: 'hpa', maxReplicas: 2 },
      /nothing like --autoscaling hpa/,
    ],
    ['the operator with a node folder', { target: 'aim-operator', cache: 'hostpath' }, /nothing like --cache hostpath/],
    ['the operator with a size', { target: 'aim-operator', cacheBytes: 1 }, /nothing like --cache-size/],
    ['an access mode without a claim', { cache: 'ephemeral', accessMode: 'ReadWriteMany' }, /--access-mode is for/],
    ['an access mode of one host', { target: 'compose', accessMode: 'ReadWriteMany' }, /--access-mode is for/],
  ])('for %s', (_, said, message) => {
    const check = () => {
      checkRequest({ ...PLAIN, ...said });
    };
    if (message === undefined) expect(check).not.toThrow();
    else
      expect(check).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) as string }),
      );
  });
});
