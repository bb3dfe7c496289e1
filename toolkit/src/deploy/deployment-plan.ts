import type { Engine, Metric, Precision, ProfileType } from 'aim-runtime/profile';
import type { EndpointImage } from '../engine/endpoint-image.ts';
import type { AccessMode, CacheKind, DeployTarget, GatewayReference } from './request.ts';

/** The profile that is served with. */
export interface PlannedProfile {
  /** As the runtime in the image knows it. */
  readonly id: string;
  readonly engine: Engine;
  readonly precision: Precision;
  readonly metric: Metric;
  readonly type: ProfileType;
  /** Checkpoint that is loaded: `org/model`. */
  readonly checkpoint: string;
  /** The profile itself, where the image does not hold it. */
  readonly file: { readonly path: string; readonly text: string } | undefined;
}

/** GPUs of one replica. */
export interface PlannedGpus {
  readonly model: string;
  readonly count: number;
  /** PCI device ids by which nodes with this model are labelled. */
  readonly deviceIds: readonly string[];
}

/** What one replica takes of its node besides GPUs. */
export interface PlannedSizes {
  readonly cpuCores: number;
  readonly memoryRequestBytes: number;
  readonly memoryLimitBytes: number;
  readonly sharedMemoryBytes: number;
  readonly cacheBytes: number;
  /** Longest time until the engine is ready, from the start of its container. */
  readonly startupSeconds: number;
}

/** How many replicas follow the load. */
export interface PlannedAutoscaling {
  readonly kind: 'keda' | 'hpa';
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Gauges of the engine with the value of one replica above which another one is added. */
  readonly triggers: readonly { readonly metric: string; readonly perReplica: number }[];
  readonly prometheusUrl: string;
}

export interface PlannedCache {
  readonly kind: CacheKind;
  readonly accessMode: AccessMode;
  readonly storageClass: string | undefined;
  /** Folder of the node for `hostpath`. */
  readonly hostPath: string;
}

/** A variable whose value is in a Secret. */
export interface SecretVariable {
  readonly variable: string;
  readonly secret: string;
  readonly key: string;
}

/** Everything that decides what a deployment is made of, for every target; data only. */
export interface DeploymentPlan {
  readonly target: DeployTarget;
  readonly name: string;
  readonly namespace: string;
  /** Who is said to manage the objects. */
  readonly manager: string;
  /** `org/model`. */
  readonly model: string;
  readonly image: EndpointImage;
  readonly pullSecrets: readonly string[];
  readonly profile: PlannedProfile;
  readonly gpus: PlannedGpus;
  readonly sizes: PlannedSizes;
  /** Ignored with autoscaling. */
  readonly replicas: number;
  readonly autoscaling: PlannedAutoscaling | undefined;
  readonly cache: PlannedCache;
  /** Variables of the server, those of the user among them. */
  readonly env: Readonly<Record<string, string>>;
  readonly userEnv: Readonly<Record<string, string>>;
  readonly secretEnv: readonly SecretVariable[];
  readonly route: { readonly hostname: string | undefined; readonly gateway: GatewayReference } | undefined;
  readonly priorityClass: string | undefined;
  readonly deviceGroups: readonly number[];
  /** What a person should know about it. */
  readonly notes: readonly string[];
}

/** Value of the label by which everything that this program made is found. */
export const MANAGER = 'aimctl';
/** Ports of every AIM container: the engine's, and the side port of its supervisor. */
export const PORTS = { http: 8000, side: 8001 } as const;
/** Time that running requests get when a replica ends. */
export const DRAIN_SECONDS = 120;
/** Time that load balancers get to learn that a replica ends, before it begins to. */
export const LEAVE_SECONDS = 10;
/** Until then a replica is killed. */
export const GRACE_SECONDS = DRAIN_SECONDS + LEAVE_SECONDS + 20;
/** User and group of the image's process. */
export const IMAGE_USER = 1000;
