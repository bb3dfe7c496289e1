import type { ContainerHost } from '../../docker/containers.ts';
import { LEASE_LABEL } from './lease.ts';

/** The same containers, each made with the lease under which an agent removes it when this program dies. */
export function leaseContainers(containers: ContainerHost, lease: string): ContainerHost {
  return {
    ...containers,
    create: (spec) => containers.create({ ...spec, labels: { ...spec.labels, [LEASE_LABEL]: lease } }),
  };
}
