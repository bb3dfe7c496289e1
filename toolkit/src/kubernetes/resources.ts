import type { ClusterObject } from './cluster.ts';

/** What is read of objects of a cluster; every field may be missing. */
export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly imageID?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
}

interface PodContainer {
  readonly name?: string;
  readonly image?: string;
  readonly resources?: { readonly limits?: Quantities };
}

export type Quantities = Readonly<Record<string, string>>;

export interface Pod extends ClusterObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface Workload extends ClusterObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly succeeded?: number;
    readonly phase?: string;
    readonly status?: string;
    readonly url?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface Node extends ClusterObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: { readonly allocatable?: Quantities; readonly conditions?: readonly Condition[] };
}

export interface ClusterEvent extends ClusterObject {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
}

/** The condition of a type, if it is met or with `status` of that value. */
export function findCondition(
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
  wanted = 'True',
): Condition | undefined {
  return status?.conditions?.find((each) => each.type === type && each.status === wanted);
}
