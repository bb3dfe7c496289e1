export { busyWarnings, isBusy } from './busy.ts';
export { detectHardware } from './detect.ts';
export type { DetectDeps } from './detect.ts';
export {
  DEVICE_IDS,
  findDevice,
  findModelGfx,
  findModelInName,
  findModelVram,
  GPU_MODELS,
  nearestGpuModel,
  normalizeHexId,
} from './devices.ts';
export type { Device } from './devices.ts';
export { groupByModel } from './group.ts';
export { asObject, extractJson, parseBytes, parseReading, selectGpuRecords } from './parse.ts';
export type { JsonObject } from './parse.ts';
export { nativePrecisions } from './precisions.ts';
export { presentHardware, renderHardware } from './present.ts';
export type { GpuJson, HardwareJson } from './present.ts';
export type { Gpu, Hardware, HardwareSource } from './types.ts';
