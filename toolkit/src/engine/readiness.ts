import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDetails, ContainerHost } from '../docker/containers.ts';
import { failure } from '../exit-codes.ts';
import { describeActivity, parseActivity, type Activity } from './activity.ts';
import { engineEnded, type Cause } from './death.ts';
import { askFirst } from './http.ts';

/** The address at which an engine answers, or why it ended before it did. */
export type Readiness =
  { readonly url: string } | { readonly ended: { readonly cause: Cause | undefined; readonly error: Error } };

export interface ReadinessOptions {
  readonly id: string;
  /** Where it may be reached, given its details. */
  readonly urls: (container: ContainerDetails) => readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onActivity: (text: string) => void;
  readonly onLine: (line: string) => void;
  /** Only lines from this run on count; undefined for the whole log. */
  readonly tailLines?: number;
}

const POLL_MS = 100;
const PROBE_TIMEOUT_MS = 1_500;
const INSPECT_EVERY_MS = 1_000;
const LAST_LINES = 30;
/** How long the end of an ended container's log may take to come. */
const LOG_REST_MS = 2_000;

/** Waits until a container's engine answers that it is healthy, or ends. @throws AimError environment when it takes too long */
export async function waitUntilReady(containers: ContainerHost, options: ReadinessOptions): Promise<Readiness> {
  const { id, urls, timeoutMs, signal } = options;
  const log = followLog(containers, options);
  const endMs = performance.now() + timeoutMs;
  let nextInspectMs = 0;
  let addresses: readonly string[] = [];
  let startedAt: string | undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      const nowMs = performance.now();
      if (log.ended() || nowMs >= nextInspectMs) {
        const container = await inspect(containers, id);
        // Docker may have started it again before anybody asked.
        const isSameRun = container.startedAt === (startedAt ??= container.startedAt);
        if (container.state !== 'running' || !isSameRun) return { ended: engineEnded(await log.rest(), container) };
        addresses = urls(container);
        nextInspectMs = nowMs + INSPECT_EVERY_MS;
      }
      const found = await askFirst(addresses, '/health', { timeoutMs: PROBE_TIMEOUT_MS, signal });
      if (found?.answer.status === 200) return { url: found.url };
      if (nowMs >= endMs) throw tooSlow(timeoutMs, log);
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    await log.stop();
  }
}

interface FollowedLog {
  /** The container ended, or its log cannot be read. */
  readonly ended: () => boolean;
  readonly lines: () => readonly string[];
  /** The last lines once all have come. */
  readonly rest: () => Promise<readonly string[]>;
  readonly activity: () => Activity | undefined;
  readonly stop: () => Promise<void>;
}

function followLog(containers: ContainerHost, { id, tailLines, onActivity, onLine }: ReadinessOptions): FollowedLog {
  const controller = new AbortController();
  const lines: string[] = [];
  let activity: Activity | undefined;
  let ended = false;
  const read = async () => {
    for await (const line of containers.readLog(id, { follow: true, tailLines, signal: controller.signal })) {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      onLine(line);
      const next = parseActivity(line);
      if (next === undefined) continue;
      activity = next;
      onActivity(describeActivity(next));
    }
  };
  // An engine without readable logs is still asked whether the container runs.
  const done = read()
    .catch(() => undefined)
    .finally(() => (ended = true));
  return {
    ended: () => ended,
    lines: () => lines,
    rest: async () => {
      await Promise.race([done, sleep(LOG_REST_MS)]);
      return lines;
    },
    activity: () => activity,
    stop: async () => {
      controller.abort();
      await done;
    },
  };
}

async function inspect(containers: ContainerHost, id: string): Promise<ContainerDetails> {
  const found = await containers.inspect(id);
  if (found !== undefined) return found;
  throw failure('environment', { message: 'somebody removed the container while its engine was starting' });
}

function tooSlow(timeoutMs: number, log: FollowedLog): Error {
  const activity = log.activity();
  return failure('environment', {
    message: `the engine is not ready after ${timeoutMs / 1000} s${activity === undefined ? '' : `; it is ${describeActivity(activity)}`}`,
    details: log.lines(),
    hint: 'Give it more time with --timeout SECONDS; loading a large model for the first time can take an hour.',
  });
}
