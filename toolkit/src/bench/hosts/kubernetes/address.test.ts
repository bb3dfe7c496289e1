import { describe, expect, it } from 'vitest';
import { parseClusterAddress } from './address.ts';

describe('an address in a cluster', () => {
  it.each([
    ['k8s://', { context: undefined, namespace: undefined }],
    ['k8s://lab', { context: 'lab', namespace: undefined }],
    ['k8s://lab/bench', { context: 'lab', namespace: 'bench' }],
    ['k8s:///bench', { context: undefined, namespace: 'bench' }],
    ['k8s://arn:aws:eks:eu:1:cluster/lab/bench', { context: 'arn:aws:eks:eu:1:cluster/lab', namespace: 'bench' }],
    ['k8s://cluster%2Flab', { context: 'cluster/lab', namespace: undefined }],
  ])('%s', (text, address) => {
    expect(parseClusterAddress(text)).toEqual(address);
  });

  it.each(['k8s:lab', 'k8s://%E0%A4%A/ns', 'docker', ''])('refuses %s', (text) => {
    expect(() => parseClusterAddress(text)).toThrow(/no place in a cluster/);
  });
});
