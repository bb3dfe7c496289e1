import { setTimeout as sleep } from 'node:timers/promises';
import type { Gpu } from 'aim-runtime/gpu';
import { holdsResources, type Endpoint } from '../../engine/endpoint.ts';
import { findUsers, type HostGpu } from '../../engine/gpus.ts';
import { failure } from '../../exit-codes.ts';

/** A driver of its own keeps less of the memory, a server that still ends keeps more. */
const FREE_SHARE = 0.1;
const POLL_MS = 2_000;

/** GPUs that no endpoint holds and whose memory is at most a tenth in use. */
export function selectFree(gpus: readonly Gpu[], endpoints: readonly Endpoint[]): HostGpu[] {
  const held = new Set(endpoints.filter(holdsResources).flatMap((endpoint) => endpoint.gpus));
  return findUsers(gpus, endpoints).filter(({ id, gpu }) => !held.has(id) && usedShare(gpu) <= FREE_SHARE);
}

function usedShare({ vramUsedBytes, vramTotalBytes }: Gpu): number {
  return vramUsedBytes === undefined || !vramTotalBytes ? 0 : vramUsedBytes / vramTotalBytes;
}

export interface FreeGpusOptions {
  readonly gpuCount: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/** Looks at the GPUs until enough are free. @throws AimError environment when that takes too long */
export async function waitForFreeGpus(
  look: () => Promise<{ readonly gpus: readonly Gpu[]; readonly endpoints: readonly Endpoint[] }>,
  { gpuCount, timeoutMs, signal, onPhase }: FreeGpusOptions,
): Promise<HostGpu[]> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const { gpus, endpoints } = await look();
    const free = selectFree(gpus, endpoints);
    if (free.length >= gpuCount) return free;
    if (gpus.length < gpuCount) throw tooFew(gpus.length, gpuCount);
    if (performance.now() >= endMs) throw neverFree(findUsers(gpus, endpoints), gpuCount);
    onPhase(`waiting for ${gpuCount} free GPUs: ${free.length} of ${gpus.length} are`);
    await sleep(Math.min(POLL_MS, timeoutMs), undefined, { signal });
  }
}

function tooFew(present: number, gpuCount: number): Error {
  return failure('environment', {
    message: `${gpuCount} GPUs are needed, and the host has ${present} that can be used`,
    hint: 'See what is found with `aim-runtime detect-hardware`, or measure a running server with --url.',
  });
}

function neverFree(gpus: readonly HostGpu[], gpuCount: number): Error {
  return failure('environment', {
    message: `${gpuCount} GPUs are needed, and not as many became free`,
    details: gpus.map(({ index, id, gpu, user }) => {
      const percent = Math.round(usedShare(gpu) * 100);
      return `GPU ${index} (${id}): ${user ?? 'nobody'} uses it, ${percent} % of its memory is in use`;
    }),
    hint: 'End what uses them (aimctl list), or wait longer with --gpu-timeout.',
  });
}
