import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchHost, ServerRequest } from '../bench/host.ts';
import { parseClusterAddress } from '../bench/hosts/kubernetes/address.ts';
import { createKubernetesHost } from '../bench/hosts/kubernetes/host.ts';
import { parseNamespace } from '../deploy/values.ts';
import { failure } from '../exit-codes.ts';
import type { AccessQuery, Cluster } from '../kubernetes/cluster.ts';
import { parseReference } from '../oci/reference.ts';
import { loadProfile } from '../profiles/find.ts';
import type { ServerFlags } from './bench-request.ts';
import { planFromFlags, type DeployFlags } from './deploy-model.ts';
import type { Session } from './session.ts';
import { makeFolder } from '../documents/make-folder.ts';

const POLL_MS = 2_000;
/** Any Node.js from 22.19 on. */
const NODE_IMAGE = 'docker.io/library/node:24-slim';
/** Name of the run in the cluster, for a program that resumes it. */
const RUN_FILE = 'kubernetes-run';

const JOB = { apiVersion: 'batch/v1', kind: 'Job' };
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const POD = { apiVersion: 'v1', kind: 'Pod' };
/** What is done in the namespace. Server-side apply is a patch, which creates what is missing. */
const NEEDED: readonly Omit<AccessQuery, 'namespace'>[] = [
  ...['create', 'patch', 'get', 'delete'].map((verb) => ({ ...JOB, verb })),
  ...['create', 'patch'].map((verb) => ({ ...CONFIG_MAP, verb })),
  { ...POD, verb: 'list' },
  { ...POD, verb: 'get', subresource: 'log' },
];

/** Opens a namespace of a cluster as a place for benchmarks. @throws AimError usage, environment or remote */
export async function openKubernetesHost(session: Session, flags: ServerFlags, text: string): Promise<BenchHost> {
  const { context, namespace } = parseClusterAddress(text);
  const { output } = flags;
  const clientImage = parseReference(flags['client-image'] ?? NODE_IMAGE).text;
  const cluster = await session.connectCluster(context);
  session.progress.update(`asking the cluster ${cluster.context}`);
  await cluster.version();
  const place = parseNamespace(namespace ?? cluster.namespace);
  await checkAccess(cluster, place);
  return createKubernetesHost({
    ...{ cluster, clientImage, namespace: place, pollMs: POLL_MS },
    planServer: (request) => planFromFlags(session, toDeployFlags(flags, place, request)),
    runId: output === undefined ? once(newRunId) : once(() => loadRunId(output)),
    gpuTimeoutMs: flags['gpu-timeout'] * 1000,
    note: (line) => session.progress.note(line),
  });
}

/** Asks at once for what is needed only when hours have passed. @throws AimError remote with everything that is missing */
async function checkAccess(cluster: Cluster, namespace: string): Promise<void> {
  const allowed = await Promise.all(NEEDED.map((each) => cluster.mayI({ ...each, namespace })));
  const missing = NEEDED.filter((_, index) => allowed[index] !== true);
  if (missing.length === 0) return;
  const things = missing.map(
    ({ verb, kind, subresource }) => `${verb} ${kind}s${subresource ? `/${subresource}` : ''}`,
  );
  throw failure('remote', {
    message: `you may not ${things.join(', ')} in the namespace ${namespace}`,
    hint: 'Ask whoever runs the cluster for a role there, or name another: --host k8s://CONTEXT/NAMESPACE.',
  });
}

function newRunId(): string {
  return randomBytes(6).toString('hex');
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

/** Made when the run begins, and kept with it. */
function loadRunId(output: string): string {
  const file = join(output, RUN_FILE);
  if (!existsSync(file)) {
    makeFolder(output);
    writeFileSync(file, `${newRunId()}\n`, { mode: 0o644 });
  }
  return readFileSync(file, 'utf8').trim();
}

/** A server of the benchmark as a deployment would be; models are kept where --cache-dir says, else nowhere. */
function toDeployFlags(flags: ServerFlags, namespace: string, request: ServerRequest): DeployFlags {
  const cacheDir = flags['cache-dir'];
  return {
    ...{ target: 'kubernetes', model: modelOf(request), namespace, name: 'aim-bench', context: undefined },
    ...{ json: false, verbose: false, apply: false, wait: false, timeout: undefined, output: '-', force: false },
    ...{ 'force-conflicts': false, 'check-cluster': true, prune: false },
    ...{ replicas: 1, autoscaling: 'none', 'min-replicas': 1, 'max-replicas': undefined },
    ...{ 'prometheus-url': 'http://prometheus:9090', 'priority-class': undefined },
    ...{ 'gpu-model': undefined, 'gpu-count': request.gpuCount || undefined, precision: undefined },
    ...{ metric: 'latency', engine: 'vllm', profile: request.profile, profiles: flags.profiles, 'check-fit': false },
    ...{ 'engine-args': undefined, env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`) },
    ...{ cache: cacheDir === undefined ? 'ephemeral' : 'hostpath', 'cache-size': undefined },
    ...{ 'cache-path': cacheDir ?? '/var/lib/aim/models', 'storage-class': undefined, 'access-mode': undefined },
    ...{ image: request.image, registry: flags.registry, pin: false, insecure: false },
    ...{ 'hf-secret': flags['hf-secret'], 'pull-secret': flags['pull-secret']?.slice() },
    'device-groups': '44,109,110,992',
    ...{ hostname: undefined, gateway: undefined },
  };
}

function modelOf({ model, profile }: ServerRequest): string {
  const named = profile === undefined ? undefined : loadProfile(profile);
  const found = model ?? named?.aimId ?? named?.modelId;
  if (found) return found;
  throw failure('usage', {
    message: 'it is not known what to serve',
    hint: 'Name a model with --model ORG/MODEL, or give a --profile that does.',
  });
}
