import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { IMAGE_PATHS } from '../../images/plan.ts';
import type { DeploymentPlan } from '../deployment-plan.ts';
import { objectMetadata, type KubernetesObject } from './object.ts';
import { renderQuantity } from './quantity.ts';
import type { ConfigMap, PersistentVolumeClaim, Volume, VolumeMount } from './types.ts';

/** Everything a container may write to: its root is read-only. */
const SCRATCH = [
  { name: 'tmp', path: '/tmp' },
  { name: 'home', path: IMAGE_PATHS.home },
] as const;

/** Name of the claim that holds the models. */
export function claimName({ name }: Pick<DeploymentPlan, 'name'>): string {
  return `${name}-models`;
}

/** Claims a volume for the models; undefined where they are elsewhere. */
export function renderClaim(plan: DeploymentPlan): (PersistentVolumeClaim & KubernetesObject) | undefined {
  const { cache } = plan;
  if (cache.kind !== 'pvc' && cache.kind !== 'preload') return undefined;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: objectMetadata(plan, claimName(plan)),
    spec: claimSpec(plan),
  };
}

/** The profile as a file, where the image does not hold it. Its name follows its content: a change makes new pods. */
export function renderProfileMap(plan: DeploymentPlan): (ConfigMap & KubernetesObject) | undefined {
  const { file } = plan.profile;
  if (file === undefined) return undefined;
  const metadata = objectMetadata(plan, profileMapName(plan, file.text));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data: { [basename(file.path)]: file.text } };
}

/** Volumes of the server's pods, or with `preload` of the pods that only download. */
export function renderVolumes(plan: DeploymentPlan, component: 'server' | 'preload' = 'server'): Volume[] {
  const scratch = SCRATCH.map(({ name }) => ({ name, emptyDir: {} }));
  if (component === 'preload') return [modelVolume(plan), ...scratch];
  const shared = { medium: 'Memory', sizeLimit: renderQuantity(plan.sizes.sharedMemoryBytes) };
  const { file } = plan.profile;
  const profile = file === undefined ? [] : [{ name: 'profile', configMap: { name: profileMapName(plan, file.text) } }];
  return [modelVolume(plan), ...scratch, { name: 'shared-memory', emptyDir: shared }, ...profile];
}

/** Where the server's container has them. A preloaded model is read only. */
export function renderMounts(plan: DeploymentPlan): VolumeMount[] {
  const { file } = plan.profile;
  return [
    { name: 'models', mountPath: IMAGE_PATHS.modelCache, ...(plan.cache.kind === 'preload' ? { readOnly: true } : {}) },
    ...scratchMounts(),
    { name: 'shared-memory', mountPath: '/dev/shm' },
    ...(file === undefined ? [] : [{ name: 'profile', mountPath: dirname(file.path), readOnly: true }]),
  ];
}

/** Where a container that downloads has them. */
export function renderDownloadMounts(): VolumeMount[] {
  return [{ name: 'models', mountPath: IMAGE_PATHS.modelCache }, ...scratchMounts()];
}

function scratchMounts(): VolumeMount[] {
  return SCRATCH.map(({ name, path }) => ({ name, mountPath: path }));
}

function modelVolume(plan: DeploymentPlan): Volume {
  const { cache, sizes } = plan;
  switch (cache.kind) {
    case 'pvc':
    case 'preload':
      return { name: 'models', persistentVolumeClaim: { claimName: claimName(plan) } };
    case 'hostpath':
      return { name: 'models', hostPath: { path: cache.hostPath, type: 'Directory' } };
    case 'ephemeral':
      return cache.storageClass === undefined
        ? { name: 'models', emptyDir: { sizeLimit: renderQuantity(sizes.cacheBytes) } }
        : { name: 'models', ephemeral: { volumeClaimTemplate: { spec: claimSpec(plan) } } };
  }
}

function claimSpec({ cache, sizes }: DeploymentPlan) {
  return {
    accessModes: [cache.accessMode],
    resources: { requests: { storage: renderQuantity(sizes.cacheBytes) } },
    ...(cache.storageClass === undefined ? {} : { storageClassName: cache.storageClass }),
  };
}

function profileMapName({ name }: DeploymentPlan, text: string): string {
  return `${name}-profile-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}
