import { applyDeployment, type ApplyEvents } from '../deploy/apply/apply.ts';
import { findNames, findObjects, loadDeployed, type Deployed } from '../deploy/apply/deployed.ts';
import { planRemoval, removeObjects } from '../deploy/apply/remove.ts';
import { renderObjects } from '../deploy/render.ts';
import type { DeployTarget } from '../deploy/request.ts';
import { parseDeploymentName, parseNamespace } from '../deploy/values.ts';
import { failure } from '../exit-codes.ts';
import { describeObject, type Cluster, type ClusterObject } from '../kubernetes/cluster.ts';
import { planFromFlags, writeDeployment, type DeployFlags, type DeployReport } from './deploy-model.ts';
import type { Progress } from './progress.ts';
import type { Session } from './session.ts';

/** Targets that a cluster's API takes as they are. */
const APPLIED: readonly DeployTarget[] = ['kubernetes', 'kserve', 'aim-operator'];

/** Which cluster, and where in it. */
export interface PlaceFlags {
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
}

/** Result of `aimctl deploy status`. */
export interface DeployStatusReport {
  readonly context: string;
  readonly deployments: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly model: string | null;
    readonly ready: boolean;
    readonly objects: readonly { readonly kind: string; readonly name: string; readonly state: string | null }[];
    readonly pods: readonly {
      readonly name: string;
      readonly phase: string;
      readonly node: string | null;
      readonly restarts: number;
      readonly trouble: string | null;
      readonly hint: string | null;
    }[];
  }[];
}

/** Result of `aimctl deploy delete`. */
export interface DeployDeleteReport {
  readonly context: string;
  readonly name: string;
  readonly namespace: string;
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  readonly dry_run: boolean;
}

/** Deploys to a cluster. @throws AimError usage, environment, check-failed, remote or interrupted */
export async function applyModel(session: Session, flags: DeployFlags): Promise<DeployReport> {
  if (!APPLIED.includes(flags.target)) throw notApplied(flags.target);
  const cluster = await session.connectCluster(flags.context);
  const plan = await planFromFlags(session, { ...flags, namespace: namespaceOf(flags, cluster) });
  const { progress, signal } = session;
  const applied = await applyDeployment(
    cluster,
    { plan, objects: renderObjects(plan, plan.target) },
    {
      ...{ forceConflicts: flags['force-conflicts'], checkCluster: flags['check-cluster'], prune: flags.prune },
      ...{ wait: flags.wait, signal },
      timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
      events: showApply(progress),
    },
  );
  const objects = applied.objects.map(({ kind, name, outcome }) => ({ kind, name, outcome }));
  const removed = applied.removed.map(describeObject);
  const { context, server } = cluster;
  const report = writeDeployment(session, plan, { folder: undefined, force: false });
  return { ...report, cluster: { context, server, objects, removed, ready: flags.wait } };
}

/** How one deployment is, or all of a namespace. @throws AimError usage when there is none, environment, remote */
export async function reportDeployed(
  session: Session,
  flags: PlaceFlags & { readonly name: string | undefined },
): Promise<DeployStatusReport> {
  const cluster = await session.connectCluster(flags.context);
  const namespace = namespaceOf(flags, cluster);
  const names = flags.name === undefined ? await findNames(cluster, namespace) : [parseDeploymentName(flags.name)];
  const found = await Promise.all(names.map((name) => loadDeployed(cluster, namespace, name)));
  return { context: cluster.context, deployments: found.map(toStatus) };
}

/** Removes a deployment, or tells what that would be. @throws AimError usage, environment, remote or interrupted */
export async function deleteDeployed(
  session: Session,
  flags: PlaceFlags & {
    readonly name: string;
    readonly deleteCache: boolean;
    readonly dryRun: boolean;
    readonly wait: boolean;
  },
): Promise<DeployDeleteReport> {
  const cluster = await session.connectCluster(flags.context);
  const namespace = namespaceOf(flags, cluster);
  const name = parseDeploymentName(flags.name);
  const plan = planRemoval(await findObjects(cluster, namespace, name), flags.deleteCache);
  const removed = plan.removed.map(describeObject);
  const { progress, signal } = session;
  const onRemoved = (each: ClusterObject) => progress.note(`removed ${describeObject(each)}`);
  if (!flags.dryRun) await removeObjects(cluster, plan, { signal, onRemoved, wait: flags.wait });
  const { context } = cluster;
  return { context, name, namespace, removed, kept: plan.kept.map(describeObject), dry_run: flags.dryRun };
}

function namespaceOf({ namespace }: PlaceFlags, cluster: Cluster): string {
  return parseNamespace(namespace ?? cluster.namespace);
}

function notApplied(target: DeployTarget): Error {
  const instead: Partial<Record<DeployTarget, string>> = {
    helm: 'Write the chart with --output DIR and install it with helm upgrade --install.',
    compose: 'Write the file with --output DIR and start it with docker compose up.',
    docker: 'Start one here with aimctl launch, or write the script with --output DIR.',
  };
  return failure('usage', {
    message: `--apply is for ${APPLIED.join(', ')}, not for ${target}`,
    hint: instead[target] ?? 'Choose another --target.',
  });
}

function showApply(progress: Progress): ApplyEvents {
  return {
    onStep: (text) => progress.update(text),
    onApplied: ({ kind, name, outcome }) => progress.note(`${outcome} ${describeObject({ kind, metadata: { name } })}`),
    onPhase: (object, text) => progress.update(`${object}: ${text}`),
    onTrouble: ({ pod, message, hint }) => progress.note(`${pod}: ${message}. ${hint}`),
    onNote: (text) => progress.note(text),
    onWarning: (text) => progress.note(`Not checked further: ${text}`),
  };
}

function toStatus({
  name,
  namespace,
  model,
  ready,
  objects,
  pods,
}: Deployed): DeployStatusReport['deployments'][number] {
  return {
    ...{ name, namespace, model, ready },
    objects: objects.map(({ object, readiness }) => ({
      ...{ kind: object.kind, name: object.metadata.name, state: readiness?.text ?? null },
    })),
    pods: pods.map(({ pod, trouble }) => ({
      name: pod.metadata.name,
      phase: pod.status?.phase ?? 'Unknown',
      node: pod.spec?.nodeName ?? null,
      restarts: (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
      trouble: trouble?.message ?? null,
      hint: trouble?.hint ?? null,
    })),
  };
}
