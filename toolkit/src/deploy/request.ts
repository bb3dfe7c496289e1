import type { Engine, EngineArgs, Metric, Precision } from 'aim-runtime/profile';

/** What a deployment is written for. */
export const DEPLOY_TARGETS = ['kubernetes', 'helm', 'kserve', 'aim-operator', 'compose', 'docker'] as const;
export type DeployTarget = (typeof DEPLOY_TARGETS)[number];

/**
 * Where models are kept: a volume claim, a folder of the node, nowhere, or a claim that a Job fills while no GPU waits
 * for it.
 */
export const CACHE_KINDS = ['pvc', 'hostpath', 'ephemeral', 'preload'] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

export const AUTOSCALERS = ['none', 'keda', 'hpa'] as const;
export type Autoscaler = (typeof AUTOSCALERS)[number];

export const ACCESS_MODES = ['ReadWriteOnce', 'ReadWriteMany'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

/** A key of a Secret; the Secret itself is never read. */
export interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** A Gateway that routes attach to; undefined namespace for the deployment's own. */
export interface GatewayReference {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** What a user asks `deploy` for; every value is well formed. Undefined leaves a decision to this program. */
export interface DeployRequest {
  readonly target: DeployTarget;
  /** `org/model`. */
  readonly model: string;
  readonly name: string | undefined;
  readonly namespace: string;
  readonly replicas: number;
  readonly autoscaling: Autoscaler;
  readonly minReplicas: number;
  readonly maxReplicas: number | undefined;
  /** Address of the Prometheus that KEDA asks. */
  readonly prometheusUrl: string;
  readonly gpuModel: string | undefined;
  readonly gpuCount: number | undefined;
  readonly precision: Precision | undefined;
  readonly metric: Metric;
  readonly engine: Engine;
  /** Id of a profile, or a file with one. */
  readonly profile: string | undefined;
  /** Refuse what the estimate says does not fit. */
  readonly checkFit: boolean;
  readonly cache: CacheKind;
  readonly cacheBytes: number | undefined;
  /** Folder of the node for `hostpath`. */
  readonly cachePath: string;
  readonly storageClass: string | undefined;
  readonly accessMode: AccessMode | undefined;
  readonly hfSecret: SecretReference | undefined;
  readonly image: string | undefined;
  readonly registry: string | undefined;
  readonly pullSecrets: readonly string[];
  readonly hostname: string | undefined;
  readonly gateway: GatewayReference | undefined;
  readonly priorityClass: string | undefined;
  /** Numeric groups that may open the GPU devices. */
  readonly deviceGroups: readonly number[];
  /** The user's own engine arguments. */
  readonly engineArgs: EngineArgs;
  readonly env: Readonly<Record<string, string>>;
}
