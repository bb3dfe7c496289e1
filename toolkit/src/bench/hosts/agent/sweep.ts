import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerHost } from '../../../docker/containers.ts';
import { isAbandoned, LEASE_LABEL, type ProcessView } from '../lease.ts';

/** Removes the containers whose holders died without doing so. Returns their names. @throws AimError environment */
export async function removeAbandoned(containers: ContainerHost, view: ProcessView): Promise<string[]> {
  const found = await containers.list([LEASE_LABEL]);
  const abandoned = found.filter(({ labels, state }) =>
    isAbandoned(labels[LEASE_LABEL] ?? '', state === 'running' || state === 'paused', view),
  );
  for (const { id } of abandoned) await containers.remove(id);
  return abandoned.map(({ name }) => name);
}

export interface ReleaseOptions {
  readonly pollMs: number;
  /** So long none may have been there: an engine may still be making one that a dead process asked for. */
  readonly quietMs: number;
  readonly mostMs: number;
}

/** Removes the containers of a lease until none has come for a while. @throws AimError environment */
export async function releaseLease(
  containers: ContainerHost,
  lease: string,
  { pollMs, quietMs, mostMs }: ReleaseOptions,
): Promise<void> {
  const startedMs = performance.now();
  let lastSeenMs = startedMs;
  for (;;) {
    const nowMs = performance.now();
    const found = await containers.list([`${LEASE_LABEL}=${lease}`]).catch(() => []);
    for (const { id } of found) await containers.remove(id).catch(() => undefined); // tried again in the next round
    if (found.length > 0) lastSeenMs = nowMs;
    const quiet = found.length === 0 && nowMs - lastSeenMs >= quietMs;
    if (quiet || nowMs - startedMs >= mostMs) return;
    await sleep(pollMs);
  }
}
