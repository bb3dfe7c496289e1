import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../kubernetes/resources.ts';
import { computeRoom } from './room.ts';

const RESOURCE = 'amd.com/gpu';

const MI300X = '74a1';
const MI325X = '74a5';

const node = (name: string, gpus: number, device = MI300X): Node => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'amd.com/gpu.device-id': device } } },
  status: { allocatable: { [RESOURCE]: String(gpus) }, conditions: [{ type: 'Ready', status: 'True' }] },
});

const pod = (nodeName: string, gpus: number, phase = 'Running', list = 'containers'): Pod => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${nodeName}` }, status: { phase } },
  spec: { nodeName, [list]: [{ resources: { limits: { [RESOURCE]: String(gpus) } } }] },
});

const servers = (...counts: readonly number[]) => counts.map((count) => ({ count, deviceIds: [MI300X] }));

describe('room for servers', () => {
  it('is what the pods leave free on each node', () => {
    const nodes = [node('a', 8), node('b', 8)];
    expect(computeRoom(nodes, [], servers(8))).toBe(2);
    expect(computeRoom(nodes, [pod('a', 1)], servers(8))).toBe(1);
    expect(computeRoom(nodes, [pod('a', 5), pod('b', 5)], servers(2))).toBe(2);
    expect(computeRoom(nodes, [pod('a', 8), pod('b', 8, 'Pending')], servers(1))).toBe(0);
  });

  it('is that of the server that finds the least', () => {
    expect(computeRoom([node('a', 8)], [], servers(8, 8, 8, 8))).toBe(1);
    expect(computeRoom([node('a', 8), node('b', 8)], [], servers(1, 4, 1))).toBe(4);
    expect(computeRoom([node('a', 8)], [], [])).toBe(0);
  });

  it('is on nodes with the right GPUs only', () => {
    const nodes = [node('a', 8), node('b', 8, MI325X)];
    expect(computeRoom(nodes, [], servers(4))).toBe(2);
    expect(computeRoom(nodes, [], [...servers(2), { count: 8, deviceIds: [MI325X] }])).toBe(1);
    expect(computeRoom(nodes, [], [{ count: 4, deviceIds: [] }])).toBe(4);
  });

  it('counts servers beside clients, and no pods that have ended', () => {
    expect(computeRoom([node('a', 1)], [pod('a', 1, 'Running', 'initContainers')], servers(1))).toBe(0);
    expect(computeRoom([node('a', 2)], [pod('a', 2, 'Succeeded'), pod('a', 2, 'Failed')], servers(1))).toBe(2);
  });
});
