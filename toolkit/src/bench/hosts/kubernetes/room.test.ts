import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../kubernetes/resources.ts';
import { computeRoom } from './room.ts';

const RESOURCE = 'amd.com/gpu';

const node = (name: string, gpus: number): Node => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name } },
  status: { allocatable: { [RESOURCE]: String(gpus) }, conditions: [{ type: 'Ready', status: 'True' }] },
});

const pod = (nodeName: string, gpus: number, phase = 'Running', list = 'containers'): Pod => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${nodeName}` }, status: { phase } },
  spec: { nodeName, [list]: [{ resources: { limits: { [RESOURCE]: String(gpus) } } }] },
});

describe('room for servers', () => {
  it('is what the pods leave free on each node', () => {
    const nodes = [node('a', 8), node('b', 8)];
    expect(computeRoom(nodes, [], 8)).toBe(2);
    expect(computeRoom(nodes, [pod('a', 1)], 8)).toBe(1);
    expect(computeRoom(nodes, [pod('a', 5), pod('b', 5)], 2)).toBe(2);
    expect(computeRoom(nodes, [pod('a', 8), pod('b', 8, 'Pending')], 1)).toBe(0);
  });

  it('counts servers beside clients, and no pods that have ended', () => {
    expect(computeRoom([node('a', 1)], [pod('a', 1, 'Running', 'initContainers')], 1)).toBe(0);
    expect(computeRoom([node('a', 2)], [pod('a', 2, 'Succeeded'), pod('a', 2, 'Failed')], 1)).toBe(2);
  });
});
