import type { DeploymentPlan } from '../../../deploy/deployment-plan.ts';
import { PORTS } from '../../../deploy/deployment-plan.ts';
import { renderPodSpec } from '../../../deploy/kubernetes/pod.ts';
import { renderProfileMap } from '../../../deploy/kubernetes/volumes.ts';
import type { Manifest } from '../../../kubernetes/cluster.ts';

/** Labels by which Jobs of benchmarks are found. */
export const BENCH_LABELS = {
  'app.kubernetes.io/managed-by': 'aimctl',
  'app.kubernetes.io/component': 'bench',
} as const;
/** Tells the Jobs of one run of the benchmark from those of others. */
export const RUN_LABEL = 'com.amd.aim.bench-run';
/** Container that measures. */
export const CLIENT = 'client';

/** Folder of the client's container with what it needs. */
const FOLDER = '/aim-bench';
/** A finished Job is kept until a program that was killed comes back for its results. */
const KEPT_SECONDS = 86_400;
/** Pods that are lost with their nodes are made anew so often. */
const LOST_PODS = 3;

export interface PointJob {
  readonly name: string;
  readonly run: string;
  readonly server: DeploymentPlan;
  /** Image with Node.js. */
  readonly clientImage: string;
  /** From the creation of the Job to its end, whatever happens. */
  readonly deadlineSeconds: number;
}

/** Root of the server as its pod sees it. */
export const POD_URL = `http://127.0.0.1:${PORTS.http}`;

/**
 * The Job that measures one point: the server as a sidecar, which starts first and ends with the client. Pure. Needs a
 * cluster that knows sidecars (1.29).
 */
export function renderPointJob({ name, run, server, clientImage, deadlineSeconds }: PointJob) {
  const labels = { ...BENCH_LABELS, [RUN_LABEL]: run };
  const { containers, initContainers = [], volumes = [], ...pod } = renderPodSpec(namedFor(server, name));
  const [main] = containers;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: server.namespace, labels },
    spec: {
      backoffLimit: LOST_PODS,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          restartPolicy: 'Never',
          initContainers: [...initContainers, { ...main, restartPolicy: 'Always' }],
          containers: [renderClient(clientImage)],
          volumes: [...volumes, { name: 'bench', configMap: { name } }],
        },
      },
    },
  };
}

/** What the pod of a point mounts, the client's files and the server's profile; removed with the Job. Pure. */
export function renderPointFiles(
  job: Manifest & { readonly uid: string },
  server: DeploymentPlan,
  files: Readonly<Record<string, string>>,
): Manifest[] {
  const { apiVersion, kind, uid } = job;
  const { name, namespace, labels } = job.metadata;
  const owned = {
    ...(namespace && { namespace }),
    ...(labels && { labels }),
    ownerReferences: [{ apiVersion, kind, name, uid }],
  };
  const profile = renderProfileMap(namedFor(server, name));
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...owned }, data: files },
    ...(profile === undefined ? [] : [{ ...profile, metadata: { name: profile.metadata.name, ...owned } }]),
  ];
}

/** What a server mounts is named after its Job, so that the end of one Job takes nothing from another. */
function namedFor(server: DeploymentPlan, name: string): DeploymentPlan {
  return { ...server, name };
}

/** Where the client's container finds a file. */
export function pathInPod(file: string): string {
  return `${FOLDER}/${file}`;
}

function renderClient(image: string) {
  return {
    name: CLIENT,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', pathInPod('pod.mjs'), FOLDER],
    resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '4Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: 'bench', mountPath: FOLDER, readOnly: true }],
  };
}
