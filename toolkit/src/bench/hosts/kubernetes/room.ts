import { gpusOf } from '../../../deploy/apply/obstacles.ts';
import { GPU_RESOURCE } from '../../../deploy/kubernetes/container.ts';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import type { Node, Pod } from '../../../kubernetes/resources.ts';

/** Servers of so many GPUs that free nodes have room for; 1 where nodes may not be looked at. */
export async function countRoom(cluster: Cluster, gpuCount: number): Promise<number> {
  const look = { verb: 'list', apiVersion: 'v1', namespace: '' };
  const allowed = await Promise.all(['Node', 'Pod'].map((kind) => cluster.mayI({ ...look, kind })));
  if (allowed.includes(false)) return 1;
  const [nodes, pods] = await Promise.all(['Node', 'Pod'].map((kind) => cluster.list({ apiVersion: 'v1', kind })));
  return computeRoom((nodes?.items ?? []) as readonly Node[], (pods?.items ?? []) as readonly Pod[], gpuCount);
}

/** Servers of so many GPUs that the nodes have room for besides these pods; pure. */
export function computeRoom(nodes: readonly Node[], pods: readonly Pod[], gpuCount: number): number {
  const running = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  return nodes.reduce((sum, node) => {
    const held = running
      .filter(({ spec }) => spec?.nodeName === node.metadata.name)
      .reduce((gpus, { spec = {} }) => gpus + heldGpus(spec), 0);
    return sum + Math.floor(Math.max(0, gpusOf(node) - held) / Math.max(1, gpuCount));
  }, 0);
}

function heldGpus({ containers = [], initContainers = [] }: NonNullable<Pod['spec']>): number {
  const of = (each: (typeof containers)[number]) => Number(each.resources?.limits?.[GPU_RESOURCE] ?? 0);
  const main = containers.reduce((sum, each) => sum + of(each), 0);
  return Math.max(main, ...initContainers.map(of));
}
