import { gpusOf, hasDevice } from '../../../deploy/apply/obstacles.ts';
import type { PlannedGpus } from '../../../deploy/deployment-plan.ts';
import { GPU_RESOURCE } from '../../../deploy/kubernetes/container.ts';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import type { Node, Pod } from '../../../kubernetes/resources.ts';

/** GPUs that a server needs: how many of a node, and of which devices; any where none is named. */
export type NeededGpus = Pick<PlannedGpus, 'count' | 'deviceIds'>;

/** How many of these servers the free GPUs have room for; 1 where nodes may not be looked at. @throws AimError remote */
export async function countRoom(cluster: Cluster, servers: readonly NeededGpus[]): Promise<number> {
  const look = { verb: 'list', apiVersion: 'v1', namespace: '' };
  const allowed = await Promise.all(['Node', 'Pod'].map((kind) => cluster.mayI({ ...look, kind })));
  if (allowed.includes(false)) return 1;
  const [nodes, pods] = await Promise.all(['Node', 'Pod'].map((kind) => cluster.list({ apiVersion: 'v1', kind })));
  return computeRoom((nodes?.items ?? []) as readonly Node[], (pods?.items ?? []) as readonly Pod[], servers);
}

/**
 * How many of these servers the nodes have room for besides these pods, whichever of them those are: as many as of the
 * one that finds the least room. Pure.
 */
export function computeRoom(nodes: readonly Node[], pods: readonly Pod[], servers: readonly NeededGpus[]): number {
  const running = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const free = (node: Node) => {
    const held = running
      .filter(({ spec }) => spec?.nodeName === node.metadata.name)
      .reduce((gpus, { spec = {} }) => gpus + heldGpus(spec), 0);
    return Math.max(0, gpusOf(node) - held);
  };
  const rooms = servers.map(({ count, deviceIds }) =>
    nodes
      .filter((node) => deviceIds.length === 0 || hasDevice(node, deviceIds))
      .reduce((sum, node) => sum + Math.floor(free(node) / Math.max(1, count)), 0),
  );
  return rooms.length === 0 ? 0 : Math.min(...rooms);
}

function heldGpus({ containers = [], initContainers = [] }: NonNullable<Pod['spec']>): number {
  const of = (each: (typeof containers)[number]) => Number(each.resources?.limits?.[GPU_RESOURCE] ?? 0);
  const main = containers.reduce((sum, each) => sum + of(each), 0);
  return Math.max(main, ...initContainers.map(of));
}
