import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import type { DeploymentPlan } from '../../../deploy/deployment-plan.ts';
import { readinessOf } from '../../../deploy/apply/readiness.ts';
import { waitUntilGone } from '../../../deploy/apply/remove.ts';
import { failure } from '../../../exit-codes.ts';
import { findReference } from '../../../oci/reference.ts';
import { toRef, type Cluster, type ClusterObject, type Manifest } from '../../../kubernetes/cluster.ts';
import { loadHelperFile } from '../../client-file.ts';
import type { ClientEvent, ClientRequest } from '../../client-protocol.ts';
import type { BenchHost, RunningServer, ServerIdentity, ServerRequest } from '../../host.ts';
import type { PointSpec } from '../../point.ts';
import { collectPoint } from './collect.ts';
import { pathInPod, POD_URL, renderPointFiles, renderPointJob } from './job.ts';
import type { PlacedJob } from './look.ts';
import { countRoom } from './room.ts';

export interface KubernetesHostDeps {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** What a deployment of this server would be. */
  readonly planServer: (request: ServerRequest) => Promise<DeploymentPlan>;
  /** Tells this run from others; the same when it is resumed. */
  readonly runId: () => string;
  /** Image with Node.js for the load client. */
  readonly clientImage: string;
  readonly gpuTimeoutMs: number;
  readonly note: (text: string) => void;
  /** Between looks at a Job. */
  readonly pollMs: number;
}

/** A ConfigMap holds 1 MiB with everything around it. */
const MOST_FILE_BYTES = 900_000;
/** Pulling images of tens of gigabytes. */
const PULL_SECONDS = 1_800;
/** Longest measurement of a point whose duration is not said. */
const USUAL_POINT_SECONDS = 3_600;

/**
 * Points as Jobs of a cluster, each with a server of its own and the load client beside it. Jobs outlive this program:
 * what one that was killed had begun is found again by its name. Kubernetes decides what runs where and when.
 */
export function createKubernetesHost(deps: KubernetesHostDeps): BenchHost {
  const { cluster, namespace } = deps;
  return {
    name: `k8s://${cluster.context}/${namespace}`,
    room: async (requests) => {
      // Why a server cannot be planned is said when it is its turn.
      const planned = await Promise.allSettled(requests.map(deps.planServer));
      return countRoom(
        cluster,
        planned.flatMap((each) => (each.status === 'fulfilled' ? [each.value.gpus] : [])),
      );
    },
    capacity: (count) => countRoom(cluster, [{ count, deviceIds: [] }]),
    start: async (request, onPhase, signal) => {
      onPhase('planning');
      const plan = await deps.planServer(request);
      signal.throwIfAborted();
      return createServer(deps, { request, plan, onPhase });
    },
    close: () => Promise.resolve(),
  };
}

interface Server {
  readonly request: ServerRequest;
  readonly plan: DeploymentPlan;
  readonly onPhase: (phase: string) => void;
}

/** Nothing runs between points. */
function createServer(deps: KubernetesHostDeps, server: Server): RunningServer {
  return {
    identity: identify(server.plan),
    anew: true,
    measure: (request, onEvent, signal) => measurePoint({ deps, server, request }, onEvent, signal),
    stop: () => Promise.resolve(),
  };
}

interface Measuring {
  readonly deps: KubernetesHostDeps;
  readonly server: Server;
  readonly request: Omit<ClientRequest, 'baseUrl'>;
}

async function measurePoint(
  { deps, server, request }: Measuring,
  onEvent: (event: ClientEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, gpuTimeoutMs, pollMs, note } = deps;
  const { plan, onPhase } = server;
  const files = await loadFiles(request);
  const job = renderPointJob({
    name: nameOf(deps.runId(), plan, request),
    run: deps.runId(),
    server: plan,
    clientImage: deps.clientImage,
    deadlineSeconds: deadlineOf(deps, server, request),
  });
  const ref = toRef(job);
  try {
    const placed = await place(deps, { job, plan, files }, signal);
    const result = await collectPoint(cluster, placed, {
      ...{ signal, onPhase, pollMs, onProgress: onEvent },
      placeTimeoutMs: gpuTimeoutMs,
    });
    result.events.forEach(onEvent);
    if (result.events.at(-1)?.type !== 'done') throw clientFailed(result);
  } finally {
    // Interrupted or done: nothing is left. A program that is killed leaves its Jobs to the next one.
    await cluster.remove(ref).catch((error: unknown) => {
      const command = `kubectl delete job ${job.metadata.name} --namespace ${deps.namespace}`;
      note(`The job ${job.metadata.name} may still be in the cluster: ${messageOf(error)}. Remove it with ${command}`);
    });
  }
}

/** The Job of a point, unless it is there already and did not fail. */
async function place(
  deps: KubernetesHostDeps,
  { job, plan, files }: { job: Manifest; plan: DeploymentPlan; files: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<PlacedJob> {
  const { cluster, note } = deps;
  const found = await findUsable(deps, job, signal);
  if (found !== undefined) note(`Going on with the job ${job.metadata.name}, which an earlier program began`);
  const { uid = '' } = (found ?? (await applied(cluster, job))).metadata;
  const manifests = renderPointFiles({ ...job, uid }, plan, files);
  for (const manifest of manifests) await applied(cluster, manifest);
  return { ref: toRef(job), uid, run: deps.runId() };
}

/** The Job that an earlier program began. One that failed or is being removed makes room for another first. */
async function findUsable(
  { cluster, pollMs }: KubernetesHostDeps,
  job: Manifest,
  signal: AbortSignal,
): Promise<ClusterObject | undefined> {
  const known = await cluster.get(toRef(job));
  if (known === undefined) return undefined;
  const isDying = known.metadata.deletionTimestamp !== undefined;
  if (!isDying && readinessOf(known)?.state !== 'failed') return known;
  if (!isDying) await cluster.remove(toRef(job));
  await waitUntilGone(cluster, known, { pollMs, signal });
  return undefined;
}

async function applied(cluster: Cluster, manifest: Manifest): Promise<ClusterObject> {
  const outcome = await cluster.apply(manifest, { force: true, dryRun: false });
  if (outcome.kind === 'applied') return outcome.object;
  throw failure('remote', { message: `somebody else holds ${manifest.kind} ${manifest.metadata.name}` });
}

/** What the pod needs of this program. @throws AimError usage for a dataset that is too large */
async function loadFiles(request: Omit<ClientRequest, 'baseUrl'>): Promise<Record<string, string>> {
  const [client, pod] = await Promise.all([loadHelperFile('client'), loadHelperFile('pod')]);
  const { dataset } = request.point;
  const data = 'path' in dataset ? { [datasetFile(dataset.path)]: readFileSync(dataset.path, 'utf8') } : {};
  const point: PointSpec =
    'path' in dataset
      ? { ...request.point, dataset: { ...dataset, path: pathInPod(datasetFile(dataset.path)) } }
      : request.point;
  const files = {
    ...data,
    'request.json': JSON.stringify({ ...request, point, baseUrl: POD_URL }),
    'client.mjs': Buffer.from(client).toString('utf8'),
    'pod.mjs': Buffer.from(pod).toString('utf8'),
  };
  const sizeBytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (sizeBytes <= MOST_FILE_BYTES) return files;
  throw failure('usage', {
    message: `the dataset is too large for a cluster: ${sizeBytes} bytes of at most ${MOST_FILE_BYTES} with the client`,
    hint: 'Take a part of it, or one of the generated datasets.',
  });
}

function datasetFile(path: string): string {
  return `dataset-${basename(path).replaceAll(/[^\w.-]/g, '_')}`;
}

/** The same for the same point of the same run, so that a resumed one finds it. */
function nameOf(run: string, plan: DeploymentPlan, request: Omit<ClientRequest, 'baseUrl'>): string {
  const { point, workers, metricsIntervalMs, resetPrefixCache } = request;
  const shown = { point, workers, metricsIntervalMs, resetPrefixCache };
  const hash = createHash('sha256')
    .update(JSON.stringify([run, plan, shown]))
    .digest('hex')
    .slice(0, 16);
  return `aim-bench-${hash}`;
}

function deadlineOf(
  { gpuTimeoutMs }: KubernetesHostDeps,
  { request: { readyTimeoutMs } }: Server,
  { point }: Omit<ClientRequest, 'baseUrl'>,
): number {
  const measuring = point.durationMs === undefined ? USUAL_POINT_SECONDS : point.durationMs / 1000 + 600;
  return Math.ceil((gpuTimeoutMs + readyTimeoutMs) / 1000 + PULL_SECONDS + measuring);
}

function identify({ image, profile, model, gpus }: DeploymentPlan): ServerIdentity {
  return {
    image: image.reference,
    imageDigest: findReference(image.reference)?.digest ?? null,
    ...{ engine: profile.engine, engineVersion: null, model, backends: {} },
    ...{ gpu: gpus.model, gpuCount: gpus.count, driver: null },
  };
}

function clientFailed({ events, end }: Awaited<ReturnType<typeof collectPoint>>): Error {
  const last = events.at(-1);
  const why = last?.type === 'failed' ? last.message : `it ended with status ${end.status ?? 'of a signal'}`;
  return failure('remote', {
    message: `the load client could not measure: ${why}`,
    details: end.errors,
    hint: 'Points that are done are kept; --resume goes on with this one.',
  });
}
