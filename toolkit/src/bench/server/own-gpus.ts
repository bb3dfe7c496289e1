import type { GpuSample } from '../client-protocol.ts';

/**
 * Leaves in samples only the GPUs that a server was given: the others of its host serve somebody else.
 * @param indices places in the order of the SMI tools of the host
 * @param seesHost false for a tool in the server's container, which may show no others and count from 0
 */
export function createGpuFilter(
  indices: readonly number[],
  { seesHost }: { readonly seesHost: boolean },
): (sample: GpuSample) => GpuSample {
  const own = new Set(indices);
  // Rows come in order, and only the last sample may lack some: the first one tells what the tool sees.
  let seesAll = seesHost;
  return ({ atMs, gpus }) => {
    seesAll ||= gpus.length > own.size;
    return { atMs, gpus: seesAll ? gpus.filter(({ index }) => own.has(index)) : gpus };
  };
}
