import type {
  V1Affinity,
  V1ConfigMap,
  V1Container,
  V1Deployment,
  V1DeploymentStrategy,
  V1EnvVar,
  V1Job,
  V1LocalObjectReference,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1PodSecurityContext,
  V1PodSpec,
  V1Probe,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Service,
  V1Volume,
  V1VolumeMount,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';

/** The data of a client's model class, to be written as it is: nothing here is an instance of anything. */
type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;

export type Affinity = Plain<V1Affinity>;
export type ConfigMap = Plain<V1ConfigMap>;
export type Container = Plain<V1Container>;
export type Deployment = Plain<V1Deployment>;
export type DeploymentStrategy = Plain<V1DeploymentStrategy>;
export type EnvVar = Plain<V1EnvVar>;
export type Job = Plain<V1Job>;
export type LocalObjectReference = Plain<V1LocalObjectReference>;
export type PersistentVolumeClaim = Plain<V1PersistentVolumeClaim>;
export type PodDisruptionBudget = Plain<V1PodDisruptionBudget>;
export type PodSecurityContext = Plain<V1PodSecurityContext>;
export type PodSpec = Plain<V1PodSpec>;
export type Probe = Plain<V1Probe>;
export type ResourceRequirements = Plain<V1ResourceRequirements>;
export type SecurityContext = Plain<V1SecurityContext>;
export type Service = Plain<V1Service>;
export type Volume = Plain<V1Volume>;
export type VolumeMount = Plain<V1VolumeMount>;
export type HorizontalPodAutoscaler = Plain<V2HorizontalPodAutoscaler>;
