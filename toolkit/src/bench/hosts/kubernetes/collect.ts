import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from 'aim-runtime/system';
import type { Trouble } from '../../../deploy/apply/troubles.ts';
import { failure } from '../../../exit-codes.ts';
import type { Cluster, ObjectRef } from '../../../kubernetes/cluster.ts';
import { isForbidden } from '../../../kubernetes/refusals.ts';
import type { Pod } from '../../../kubernetes/resources.ts';
import type { ClientEvent } from '../../client-protocol.ts';
import { FrameCollector, parseFrame, type Collected } from './frames.ts';
import { CLIENT } from './job.ts';
import { loadTrouble, lookAt, type PlacedJob } from './look.ts';

export interface CollectOptions {
  readonly signal: AbortSignal;
  readonly onPhase: (text: string) => void;
  readonly onProgress: (event: ClientEvent) => void;
  readonly pollMs: number;
  /** Longest time without a node for the pod, while no other Job of the run holds one. */
  readonly placeTimeoutMs: number;
}

/** What is known of the pod that is read now. */
interface Reading {
  readonly uid: string;
  readonly frames: FrameCollector;
  /** Time of the last line. */
  lastAt: string | undefined;
}

/** What is remembered from one round to the next. */
interface Memory {
  reading: Reading | undefined;
  /** Since when the pod has no node, though no other Job of the run holds one. */
  unplacedSinceMs: number | undefined;
  /** Rounds since the Job ended. */
  roundsAfterEnd: number;
  /** Why the last round was not whole. */
  failure: unknown;
}

/** Rounds one after the other in which the cluster may not do what it is asked. */
const MOST_FAILURES = 30;
/** Rounds in which the log of an ended Job is looked for. */
const MOST_ROUNDS_AFTER_END = 20;

/**
 * Waits for the results in the log of a point's Job, over lost connections and lost pods.
 * @throws AimError check-failed or environment when there will be none, remote, or the signal's reason
 */
export async function collectPoint(cluster: Cluster, job: PlacedJob, options: CollectOptions): Promise<Complete> {
  const { signal, pollMs } = options;
  const memory: Memory = { reading: undefined, unplacedSinceMs: undefined, roundsAfterEnd: 0, failure: undefined };
  for (let failures = 0; ;) {
    signal.throwIfAborted();
    try {
      const complete = await collectOnce(cluster, job, { memory, options });
      if (complete !== undefined) return complete;
      failures = 0;
      memory.failure = undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) || ++failures > MOST_FAILURES) throw error;
      memory.failure = error;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

type Complete = Extract<Collected, { kind: 'complete' }>;

/** One round: looks at the Job and reads what its pod has written. Undefined when that is not all yet. */
async function collectOnce(
  cluster: Cluster,
  job: PlacedJob,
  { memory, options }: { readonly memory: Memory; readonly options: CollectOptions },
): Promise<Complete | undefined> {
  const { pod, ended, othersPlaced } = await lookAt(cluster, job);
  // A log that cannot be read right after the end is worth another try.
  if (ended !== undefined && (pod === undefined || ++memory.roundsAfterEnd > MOST_ROUNDS_AFTER_END)) {
    throw jobFailed(job.ref, ended, memory.failure);
  }
  if (pod === undefined) return undefined;
  if (hasStarted(pod)) {
    const uid = pod.metadata.uid ?? '';
    // A pod that takes the place of a lost one begins again.
    if (memory.reading?.uid !== uid) memory.reading = { uid, frames: new FrameCollector(), lastAt: undefined };
    const collected = await readPod(cluster, { pod, reading: memory.reading }, options);
    if (collected.kind === 'complete') return collected;
    if (collected.kind === 'damaged') throw damaged(job.ref);
  }
  await checkTroubles(cluster, { pod, othersPlaced, memory }, options);
  return undefined;
}

function hasStarted({ status }: Pod): boolean {
  const state = status?.containerStatuses?.find(({ name }) => name === CLIENT)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** Reads on where the last connection ended; what comes again is known by its number. */
async function readPod(
  cluster: Cluster,
  { pod, reading }: { readonly pod: Pod; readonly reading: Reading },
  { signal, onProgress, onPhase }: CollectOptions,
): Promise<Collected> {
  onPhase('measuring');
  const { name, namespace = '' } = pod.metadata;
  const query = { namespace, pod: name, container: CLIENT, follow: true, timestamps: true };
  const since = reading.lastAt === undefined ? {} : { sinceTime: reading.lastAt };
  for await (const line of cluster.readLog({ ...query, ...since }, signal)) {
    const space = line.indexOf(' ');
    const frame = parseFrame(line.slice(space + 1));
    if (frame === undefined) continue;
    reading.lastAt = line.slice(0, space);
    if (reading.frames.add(frame) && frame.kind === 'progress') onProgress(JSON.parse(frame.text) as ClientEvent);
  }
  return reading.frames.collect();
}

/** Troubles that last end the point; GPUs may be waited for. */
async function checkTroubles(
  cluster: Cluster,
  { pod, othersPlaced, memory }: { readonly pod: Pod; readonly othersPlaced: boolean; readonly memory: Memory },
  { onPhase, placeTimeoutMs }: CollectOptions,
): Promise<void> {
  const trouble = await loadTrouble(cluster, pod, pod.metadata.namespace ?? '');
  const nowMs = performance.now();
  const isUnplaced = trouble?.kind === 'no-node' && !othersPlaced;
  memory.unplacedSinceMs = isUnplaced ? (memory.unplacedSinceMs ?? nowMs) : undefined;
  if (trouble === undefined) {
    if (!hasStarted(pod)) onPhase(pod.spec?.nodeName === undefined ? 'waiting for a node' : 'starting the server');
    return;
  }
  onPhase(trouble.message);
  const isLate = memory.unplacedSinceMs !== undefined && nowMs - memory.unplacedSinceMs >= placeTimeoutMs;
  if (trouble.lasting || isLate) throw troubled(trouble);
}

function troubled({ kind, pod, message, hint }: Trouble): Error {
  return failure(kind === 'no-node' ? 'environment' : 'check-failed', { message: `${pod}: ${message}`, hint });
}

function jobFailed({ name }: ObjectRef, why: string, unread: unknown): Error {
  return failure('check-failed', {
    message: `the job ${name} ended without results: ${why}`,
    details: unread === undefined ? [] : [messageOf(unread)],
    hint: 'See kubectl describe job and the logs of its pods; --resume measures the point again.',
  });
}

function damaged({ name }: ObjectRef): Error {
  return failure('check-failed', {
    message: `the log of the job ${name} lost lines before they were read`,
    hint: 'The node rotates logs earlier than usual; --resume measures the point again.',
  });
}

/** Whether the cluster may do later what it did not do now. */
function mayPass(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'remote' && !isForbidden(error);
}
