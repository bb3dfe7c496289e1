import type { Gpu, Hardware } from './types.ts';

const GIB = 2 ** 30;

// An idle driver holds 6 MiB (MI100) to 283 MiB (MI300X, MI325X), an APU up to 400 MiB for the screen. No served model
// and its engine fit in 1 GiB. Activity does not decide: some cards report 100 % while a context merely exists.
const IDLE_BYTES = GIB;

/** True when another process evidently keeps data on this GPU. Unknown use counts as free. */
export function isBusy(gpu: Gpu): boolean {
  return gpu.vramUsedBytes !== undefined && gpu.vramUsedBytes > IDLE_BYTES;
}

/** One warning per busy GPU; `gpus` is the list of one {@link Hardware}. */
export function busyWarnings({ gpus }: Pick<Hardware, 'gpus'>): readonly string[] {
  return gpus.flatMap((gpu, index) => (isBusy(gpu) ? [renderBusy(gpu, index)] : []));
}

function renderBusy(gpu: Gpu, index: number): string {
  const name = [gpu.model, gpu.bdf].filter((part) => part !== undefined).join(', ');
  const total = gpu.vramTotalBytes === undefined ? '' : ` of ${toGib(gpu.vramTotalBytes)}`;
  return (
    `GPU ${index}${name === '' ? '' : ` (${name})`} is busy: ${toGib(gpu.vramUsedBytes ?? 0)}${total} GiB of its memory ` +
    'are in use. Stop the other process, choose other GPUs (ROCR_VISIBLE_DEVICES), or lower gpu-memory-utilization.'
  );
}

function toGib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
