/** One logical GPU: a whole card, a die of MI250X, or a compute partition. */
export interface Gpu {
  /** Model as profiles name it, for example `MI300X`; undefined when the device id is not in the table. */
  readonly model: string | undefined;
  /** PCI device id, four lower-case hex digits: `74a1`. */
  readonly deviceId: string | undefined;
  /** Instruction set, for example `gfx942`. */
  readonly gfx: string | undefined;
  /** PCI address `0000:05:00.0`. */
  readonly bdf: string | undefined;
  /** DRM render node minor, joins to `/dev/dri/renderD<minor>`. */
  readonly renderMinor: number | undefined;
  readonly vramTotalBytes: number | undefined;
  readonly vramUsedBytes: number | undefined;
  /** Graphics activity in percent; a hint only, some drivers report 100 when idle. */
  readonly busyPercent: number | undefined;
  /** `SPX`, `DPX`, `QPX`, `TPX`, `CPX`. */
  readonly computePartition: string | undefined;
  /** `NPS1`, `NPS2`, `NPS4`, `NPS8`. */
  readonly memoryPartition: string | undefined;
}

export type HardwareSource = 'sysfs' | 'amd-smi' | 'rocm-smi' | 'none';

/** GPUs this process can use, in bus order, as the SMI tools number them. */
export interface Hardware {
  readonly gpus: readonly Gpu[];
  /** The same GPUs in the order of the ROCm runtime, in which HIP_VISIBLE_DEVICES counts them. */
  readonly inRuntimeOrder: readonly Gpu[];
  readonly source: HardwareSource;
  /** Things a person should know: busy GPUs, no permission, fewer visible than present. */
  readonly warnings: readonly string[];
}
