import type { Exec } from '../system/exec.ts';
import { messageOf } from '../system/errors.ts';
import type { Log } from '../system/log.ts';
import { probeAmdSmi } from './amd-smi.ts';
import { busyWarnings } from './busy.ts';
import { probeRocmSmi } from './rocm-smi.ts';
import { diagnoseDriver, probeSysfs } from './sysfs.ts';
import type { Detection, SysfsOptions } from './sysfs.ts';
import type { Gpu, Hardware, HardwareSource } from './types.ts';
import { selectVisible } from './visible.ts';

export interface DetectDeps extends SysfsOptions {
  readonly exec: Exec;
  readonly log?: Log;
}

interface Probe {
  readonly source: Exclude<HardwareSource, 'none'>;
  readonly run: (deps: DetectDeps) => Detection | undefined;
}

const PROBES: readonly Probe[] = [
  { source: 'sysfs', run: probeSysfs },
  { source: 'amd-smi', run: (deps) => selectToolGpus(probeAmdSmi(deps.exec), deps.env) },
  { source: 'rocm-smi', run: (deps) => selectToolGpus(probeRocmSmi(deps.exec), deps.env) },
];

/**
 * Finds the GPUs this process can use. Asks sysfs, then amd-smi, then rocm-smi; the first that can tell decides, and
 * no process is started when sysfs can. Never throws: a probe that fails becomes a warning. Without a usable GPU the
 * source is `none` and the warnings say why, as far as known. Warnings about busy GPUs are included.
 */
export function detectHardware(deps: DetectDeps): Hardware {
  const failures: string[] = [];
  for (const probe of PROBES) {
    const detection = runProbe(probe, deps, failures);
    if (!detection) continue;
    const { gpus, inRuntimeOrder } = detection;
    const warnings = [...failures, ...detection.warnings, ...busyWarnings({ gpus })];
    return { gpus, inRuntimeOrder, source: gpus.length > 0 ? probe.source : 'none', warnings };
  }
  const driver = attempt(() => diagnoseDriver(deps.sysfsRoot), failures);
  const warnings = driver === undefined ? failures : [...failures, driver];
  return { gpus: [], inRuntimeOrder: [], source: 'none', warnings };
}

function runProbe(probe: Probe, deps: DetectDeps, failures: string[]): Detection | undefined {
  const reasons: string[] = [];
  const detection = attempt(() => probe.run(deps), reasons);
  failures.push(...reasons.map((reason) => `GPU detection by ${probe.source} failed: ${reason}`));
  const outcome = detection ? `${detection.gpus.length} usable GPUs` : 'not applicable';
  deps.log?.debug(`GPU detection by ${probe.source}: ${outcome}`);
  return detection;
}

function attempt<T>(action: () => T | undefined, failures: string[]): T | undefined {
  try {
    return action();
  } catch (error) {
    failures.push(messageOf(error));
    return undefined;
  }
}

// The tools know nothing of the runtimes' variables and of the ids these accept besides numbers.
function selectToolGpus(gpus: readonly Gpu[] | undefined, env: SysfsOptions['env']): Detection | undefined {
  if (!gpus) return undefined;
  const names = ['ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'CUDA_VISIBLE_DEVICES'];
  const byId = names.find((name) => /GPU-/i.test(env[name] ?? ''));
  if (byId !== undefined) {
    return {
      gpus,
      inRuntimeOrder: gpus,
      warnings: [`${byId} names GPUs by id; without sysfs it cannot be applied to the detected GPUs.`],
    };
  }
  const visible = selectVisible(
    gpus.map((gpu) => ({ gpu, uniqueId: undefined })),
    env,
  );
  const listed = visible.gpus.map(({ gpu }) => gpu);
  return { gpus: listed, inRuntimeOrder: listed, warnings: visible.warnings };
}
