import { setTimeout as sleep } from 'node:timers/promises';
import { readinessOf } from '../../../deploy/apply/readiness.ts';
import type { Trouble } from '../../../deploy/apply/troubles.ts';
import { loadTroubles } from '../../../deploy/apply/wait.ts';
import { failure } from '../../../exit-codes.ts';
import type { Cluster, ObjectRef } from '../../../kubernetes/cluster.ts';
import type { Pod } from '../../../kubernetes/resources.ts';
import type { ClientEvent } from '../../client-protocol.ts';
import { FrameCollector, parseFrame, type Collected } from './frames.ts';
import { CLIENT } from './job.ts';

export interface CollectOptions {
  readonly signal: AbortSignal;
  readonly onPhase: (text: string) => void;
  readonly onProgress: (event: ClientEvent) => void;
  readonly pollMs: number;
  /** Longest time without a node for the pod. */
  readonly placeTimeoutMs: number;
}

/** What is known of the pod that is read now. */
interface Reading {
  readonly uid: string;
  readonly frames: FrameCollector;
  /** Time of the last line. */
  lastAt: string | undefined;
}

/** Times that a cluster may stay away. */
const MOST_FAILURES = 30;
/** Times that the log of an ended Job is read. */
const MOST_LOOKS = 20;

/**
 * Waits for the results in the log of a point's Job, over lost connections and lost pods.
 * @throws AimError check-failed or environment when there will be none, remote, or the signal's reason
 */
export async function collectPoint(cluster: Cluster, job: ObjectRef, options: CollectOptions): Promise<Complete> {
  const { signal, pollMs } = options;
  const startedMs = performance.now();
  let reading: Reading | undefined;
  let failures = 0;
  let looksAfterEnd = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      const looked = await look(cluster, job);
      failures = 0;
      const pod = looked.pod;
      if (pod !== undefined && hasStarted(pod)) {
        const uid = pod.metadata.uid ?? '';
        // A pod that takes the place of a lost one begins again.
        if (reading?.uid !== uid) reading = { uid, frames: new FrameCollector(), lastAt: undefined };
        const collected = await readPod(cluster, { pod, reading }, options);
        if (collected.kind === 'complete') return collected;
        if (collected.kind === 'damaged') throw damaged(job);
      }
      // A connection that broke off after the end is worth another try.
      if (looked.ended !== undefined && (pod === undefined || ++looksAfterEnd > MOST_LOOKS)) {
        throw jobFailed(job, looked.ended);
      }
      await checkTroubles(cluster, { job, pod, waitedMs: performance.now() - startedMs }, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!isRemote(error) || ++failures > MOST_FAILURES) throw error;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

type Complete = Extract<Collected, { kind: 'complete' }>;

async function look(
  cluster: Cluster,
  { name, namespace = '', ...kind }: ObjectRef,
): Promise<{ readonly pod: Pod | undefined; readonly ended: string | undefined }> {
  const job = await cluster.get({ ...kind, name, namespace });
  if (job === undefined) return { pod: undefined, ended: 'somebody removed it' };
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `job-name=${name}` });
  const pods = (items as readonly Pod[]).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const newest = [...pods].sort((a, b) => bornAt(b).localeCompare(bornAt(a)))[0];
  const readiness = readinessOf(job);
  return { pod: newest, ended: readiness?.state === 'waiting' ? undefined : (readiness?.text ?? 'it ended') };
}

function bornAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
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
  { job, pod, waitedMs }: { readonly job: ObjectRef; readonly pod: Pod | undefined; readonly waitedMs: number },
  { onPhase, placeTimeoutMs }: CollectOptions,
): Promise<void> {
  if (pod === undefined) return;
  const [trouble] = await loadTroubles(cluster, [pod], job.namespace ?? '');
  if (trouble === undefined) {
    if (!hasStarted(pod)) onPhase(pod.spec?.nodeName === undefined ? 'waiting for a node' : 'starting the server');
    return;
  }
  onPhase(trouble.message);
  const placedLate = trouble.kind === 'no-node' && waitedMs > placeTimeoutMs;
  if (trouble.lasting || placedLate) throw troubled(trouble);
}

function troubled({ kind, pod, message, hint }: Trouble): Error {
  return failure(kind === 'no-node' ? 'environment' : 'check-failed', { message: `${pod}: ${message}`, hint });
}

function jobFailed({ name }: ObjectRef, why: string): Error {
  return failure('check-failed', {
    message: `the job ${name} ended without results: ${why}`,
    hint: 'See kubectl describe job and the logs of its pods; --resume measures the point again.',
  });
}

function damaged({ name }: ObjectRef): Error {
  return failure('check-failed', {
    message: `the log of the job ${name} lost lines before they were read`,
    hint: 'The node rotates logs earlier than usual; --resume measures the point again.',
  });
}

function isRemote(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'remote';
}
