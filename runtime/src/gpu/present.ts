import { groupByModel } from './group.ts';
import type { Gpu, Hardware, HardwareSource } from './types.ts';

/** A GPU as JSON shows it: every key present, null where unknown. */
export type GpuJson = { readonly [Key in keyof Gpu]-?: Exclude<Gpu[Key], undefined> | null };

/** Result of `detect-hardware --format json`. */
export interface HardwareJson {
  /** Most frequent known model, null when none is known. */
  readonly gpu: string | null;
  /** GPUs of that model, or of all when no model is known. */
  readonly count: number;
  readonly source: HardwareSource;
  readonly gpus: readonly GpuJson[];
  readonly warnings: readonly string[];
}

export function presentHardware(hardware: Hardware): HardwareJson {
  const { gpus, source, warnings } = hardware;
  const groups = [...groupByModel(hardware)].sort((a, b) => b[1] - a[1]);
  const [gpu, count] = groups[0] ?? [null, gpus.length];
  return { gpu, count, source, gpus: gpus.map(presentGpu), warnings };
}

function presentGpu(gpu: Gpu): GpuJson {
  return {
    model: gpu.model ?? null,
    deviceId: gpu.deviceId ?? null,
    gfx: gpu.gfx ?? null,
    bdf: gpu.bdf ?? null,
    renderMinor: gpu.renderMinor ?? null,
    vramTotalBytes: gpu.vramTotalBytes ?? null,
    vramUsedBytes: gpu.vramUsedBytes ?? null,
    busyPercent: gpu.busyPercent ?? null,
    computePartition: gpu.computePartition ?? null,
    memoryPartition: gpu.memoryPartition ?? null,
  };
}

const HEADER = ['GPU', 'MODEL', 'DEVICE', 'ARCH', 'BUS', 'USED GiB', 'TOTAL GiB', 'ACTIVE', 'PARTITION'];
const UNKNOWN = '-';

/** The same for a person: a summary line, a table, then the warnings. Ends with a line break. */
export function renderHardware(hardware: Hardware): string {
  const lines = [renderSummary(hardware)];
  if (hardware.gpus.length > 0) lines.push('', ...renderTable([HEADER, ...hardware.gpus.map(renderCells)]));
  if (hardware.warnings.length > 0) lines.push('', ...hardware.warnings.map((warning) => `warning: ${warning}`));
  return `${lines.join('\n')}\n`;
}

function renderSummary(hardware: Hardware): string {
  if (hardware.gpus.length === 0) return 'No usable AMD GPU found';
  const parts = [...groupByModel(hardware)].map(([model, count]) => `${count} x ${model}`);
  const unknown = hardware.gpus.filter((gpu) => gpu.model === undefined).length;
  if (unknown > 0) parts.push(`${unknown} x unknown model`);
  return `${parts.join(', ')} (source: ${hardware.source})`;
}

function renderCells(gpu: Gpu, index: number): readonly string[] {
  const partition = [gpu.computePartition, gpu.memoryPartition].filter((part) => part !== undefined).join('/');
  return [
    String(index),
    gpu.model ?? UNKNOWN,
    gpu.deviceId === undefined ? UNKNOWN : `0x${gpu.deviceId}`,
    gpu.gfx ?? UNKNOWN,
    gpu.bdf ?? UNKNOWN,
    renderGib(gpu.vramUsedBytes),
    renderGib(gpu.vramTotalBytes),
    gpu.busyPercent === undefined ? UNKNOWN : `${gpu.busyPercent}%`,
    partition === '' ? UNKNOWN : partition,
  ];
}

function renderGib(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : (bytes / 2 ** 30).toFixed(1);
}

function renderTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
