import type { ClusterEvent, ContainerStatus, Pod } from '../../kubernetes/resources.ts';
import { findCondition } from '../../kubernetes/resources.ts';
import type { ClusterObject } from '../../kubernetes/cluster.ts';

/** Why a pod does not serve. */
export interface Trouble {
  readonly pod: string;
  readonly kind: 'image' | 'no-node' | 'memory' | 'crash' | 'probe' | 'volume' | 'secret' | 'configuration' | 'evicted';
  readonly message: string;
  readonly hint: string;
  /** Waiting does not help. */
  readonly lasting: boolean;
}

/** What happened around pods, as far as it is known. */
export interface Surroundings {
  readonly events: readonly PodEvent[];
  readonly claims: readonly ClusterObject[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

interface PodEvent extends ClusterEvent {
  /** When it happened first, RFC 3339. */
  readonly firstTimestamp?: string | null;
}

/** Restarts after which a container that ends will go on to do so. */
const MANY_RESTARTS = 2;
const IMAGE_REASONS = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const LASTING_IMAGE = new Set(['InvalidImageName', 'ErrImageNeverPull']);
/** What registries say where asking again brings nothing else; all else, such as a broken line, may pass. */
const LASTING_REFUSAL =
  /not found|(?:manifest|name) unknown|does not exist|unauthori[sz]ed|forbidden|denied|authentication required|invalid/i;
/** By then kubelets have asked five times. */
const PULL_PATIENCE_MS = 300_000;

/** Why a pod does not start or stay, and what to do next; undefined while nothing is wrong. */
export function findTrouble(pod: Pod, surroundings: Surroundings): Trouble | undefined {
  const name = pod.metadata.name;
  const events = surroundings.events.filter(({ involvedObject }) => involvedObject?.name === name);
  const found =
    evicted(pod) ??
    unplaced(pod, surroundings) ??
    firstOf(pod, (each) => waiting(each, events, surroundings.nowMs)) ??
    firstOf(pod, ended) ??
    unhealthy(pod, events);
  return found === undefined ? undefined : { ...found, pod: name, hint: found.hint.replace('POD', name) };
}

type Found = Omit<Trouble, 'pod'>;

function firstOf({ status }: Pod, judge: (container: ContainerStatus) => Found | undefined): Found | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.map(judge).find((each) => each !== undefined);
}

function evicted({ status }: Pod): Found | undefined {
  if (status?.reason !== 'Evicted') return undefined;
  return {
    ...{ kind: 'evicted', message: 'the node evicted the pod: it ran short of disk or memory', lasting: false },
    hint: 'Give the model a volume with --cache pvc, or free room on the node.',
  };
}

function unplaced(pod: Pod, { claims }: Surroundings): Found | undefined {
  const condition = findCondition(pod, 'PodScheduled', 'False');
  if (condition?.reason !== 'Unschedulable') return undefined;
  const said = condition.message ?? 'no reason is given';
  if (/unbound|PersistentVolumeClaim/.test(said)) {
    const pending = claims.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Pending');
    const names = pending.map(({ metadata }) => metadata.name).join(', ');
    return {
      ...{ kind: 'volume', lasting: false, message: `it waits for its volume${names && ` (${names})`}: ${said}` },
      hint: `See kubectl describe pvc${names && ` ${names}`}; name a class that can provide it with --storage-class.`,
    };
  }
  return {
    ...{ kind: 'no-node', lasting: false, message: `no node can take it: ${said}` },
    hint: 'Free GPUs or add nodes; see what holds them with kubectl get pods -A -o wide.',
  };
}

function waiting({ name, state }: ContainerStatus, events: readonly PodEvent[], nowMs: number): Found | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (IMAGE_REASONS.has(reason)) return notPulled({ reason, message }, events, nowMs);
  if (reason !== 'CreateContainerConfigError' && reason !== 'CreateContainerError') return undefined;
  if (/secret/i.test(message)) {
    return {
      ...{ kind: 'secret', lasting: true, message: `the container ${name ?? ''} cannot start: ${message}` },
      hint: 'Create the secret, or name another one with --hf-secret NAME:KEY.',
    };
  }
  return {
    ...{
      kind: 'configuration',
      lasting: true,
      message: `the container ${name ?? ''} cannot start: ${message || reason}`,
    },
    hint: 'See kubectl describe pod for the whole story.',
  };
}

function notPulled(
  { reason, message }: { readonly reason: string; readonly message: string },
  events: readonly PodEvent[],
  nowMs: number,
): Found {
  const failures = events.filter((each) => each.reason === 'Failed' && /pull|image/i.test(each.message ?? ''));
  const said = failures.find((each) => LASTING_REFUSAL.test(each.message ?? '')) ?? failures[0];
  const since = Math.min(...failures.map(({ firstTimestamp }) => Date.parse(firstTimestamp ?? '') || nowMs));
  const why = said?.message ?? message;
  return {
    kind: 'image',
    lasting: LASTING_IMAGE.has(reason) || LASTING_REFUSAL.test(why) || nowMs - since >= PULL_PATIENCE_MS,
    message: `the image cannot be pulled: ${why}`,
    hint: 'Check the name with aimctl verify or push the image; a private registry needs --pull-secret.',
  };
}

function ended({ name, restartCount = 0, state, lastState }: ContainerStatus): Found | undefined {
  const end = state?.terminated ?? lastState?.terminated;
  if (end === undefined || end.exitCode === 0 || (state?.running !== undefined && restartCount === 0)) return undefined;
  const times = restartCount > 0 ? `, ${restartCount} times so far` : '';
  if (end.reason === 'OOMKilled') {
    return {
      ...{ kind: 'memory', lasting: restartCount >= MANY_RESTARTS },
      message: `the container ${name ?? ''} was killed because it took more memory than its limit${times}`,
      hint: 'Choose a profile with a shorter context or less offloading, or raise the limit in manifests of --output.',
    };
  }
  return {
    ...{ kind: 'crash', lasting: restartCount >= MANY_RESTARTS },
    message: `the container ${name ?? ''} ended with status ${end.exitCode ?? '?'}${times}`,
    hint: `Read why: kubectl logs POD -c ${name ?? 'server'} --previous.`,
  };
}

function unhealthy(pod: Pod, events: readonly ClusterEvent[]): Found | undefined {
  if (findCondition(pod, 'Ready') !== undefined) return undefined;
  const event = events.find(({ reason }) => reason === 'Unhealthy');
  if (event === undefined) return undefined;
  return {
    ...{ kind: 'probe', lasting: false, message: `it is not ready yet: ${event.message ?? 'a probe fails'}` },
    hint: 'Loading takes its time; see kubectl logs of the pod for how far it is.',
  };
}
