import type { Hardware } from 'aim-runtime/gpu';
import { gpuId } from './gpus.ts';
import type { EndpointReport } from './observe.ts';

/** Memory of one GPU; null where the driver does not tell. */
export interface GpuMemory {
  readonly id: string;
  readonly usedBytes: number | null;
  readonly totalBytes: number | null;
}

/** An endpoint with the memory of its GPUs. */
export interface EndpointStatus extends EndpointReport {
  readonly gpuMemory: readonly GpuMemory[];
}

/** Adds the memory of each endpoint's GPUs to its report; GPUs that are gone are left out. */
export function addGpuMemory(report: EndpointReport, { gpus }: Pick<Hardware, 'gpus'>): EndpointStatus {
  const gpuMemory = gpus.flatMap((gpu, index) => {
    const id = gpuId(gpu, index);
    if (!report.gpus.includes(id)) return [];
    return [{ id, usedBytes: gpu.vramUsedBytes ?? null, totalBytes: gpu.vramTotalBytes ?? null }];
  });
  return { ...report, gpuMemory };
}
