import { isBusy, type Gpu } from 'aim-runtime/gpu';
import { failure } from '../exit-codes.ts';
import { holdsResources, type Endpoint } from './endpoint.ts';

/** A GPU of this host with its identity and who uses it. */
export interface HostGpu {
  /** See {@link gpuId}. */
  readonly id: string;
  /** Place in the order of the SMI tools. */
  readonly index: number;
  readonly gpu: Gpu;
  /** Name of the endpoint that holds it, `another process` by its memory in use, or undefined when it is free. */
  readonly user: string | undefined;
}

const ANOTHER_PROCESS = 'another process';

/**
 * Name under which an endpoint holds a GPU: its render node, `renderD128`, because that is what its container was
 * given; `gpu3` where the driver shows none.
 */
export function gpuId(gpu: Gpu, index: number): string {
  return gpu.renderMinor === undefined ? `gpu${index}` : `renderD${gpu.renderMinor}`;
}

/** The GPUs of this host and who uses each. */
export function findUsers(gpus: readonly Gpu[], endpoints: readonly Endpoint[]): HostGpu[] {
  const holders = new Map(
    endpoints.filter(holdsResources).flatMap((endpoint) => endpoint.gpus.map((id) => [id, endpoint.name])),
  );
  return gpus.map((gpu, index) => {
    const id = gpuId(gpu, index);
    return { id, index, gpu, user: holders.get(id) ?? (isBusy(gpu) ? ANOTHER_PROCESS : undefined) };
  });
}

/**
 * The GPUs that may be used: those named by number, PCI address or render node, else the free ones.
 * Memory in use on a GPU that was named is left to the user's judgement. @throws AimError usage or environment
 */
export function selectUsable(gpus: readonly HostGpu[], wanted: readonly string[] | undefined): HostGpu[] {
  if (wanted === undefined) return gpus.filter(({ user }) => user === undefined);
  const chosen = wanted.map((text) => {
    const found = gpus.find(({ id, index, gpu }) => text === id || text === String(index) || text === gpu.bdf);
    if (found === undefined) {
      throw failure('usage', {
        message: `--gpus names "${text}", which is no GPU of this host`,
        hint: `There are: ${gpus.map(({ index, id }) => `${index} (${id})`).join(', ') || 'none'}.`,
      });
    }
    if (found.user === undefined || found.user === ANOTHER_PROCESS) return found;
    throw failure('environment', {
      message: `GPU ${text} is used by the endpoint ${found.user}`,
      hint: `Stop it with aimctl stop ${found.user}, or choose other GPUs.`,
    });
  });
  return [...new Set(chosen)];
}
