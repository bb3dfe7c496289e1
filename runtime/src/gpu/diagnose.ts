import { findDevice } from './devices.ts';

/** How many of a host's GPUs this process can use, and why not the others. */
export interface AccessSummary {
  readonly total: number;
  readonly usable: number;
  /** Render nodes without permission: their paths, and the group ids that own them. */
  readonly denied: readonly string[];
  readonly deniedGroups: readonly number[];
}

const GROUPS_HINT =
  'Run as a member of the groups that own the GPU devices, usually video and render: docker run --group-add video ' +
  '--group-add render (or the group ids); Kubernetes: securityContext.supplementalGroups.';

/** For a host whose sysfs shows GPUs while the compute device file is not there. */
export function explainMissingKfd(gpuCount: number): string {
  return (
    `${countGpus(gpuCount)} on this host, but /dev/kfd is not available to this process. ` +
    'Pass the devices to the container: docker run --device=/dev/kfd --device=/dev/dri; Kubernetes: request amd.com/gpu.'
  );
}

/** For a compute device file that this user may not open. */
export function explainDeniedKfd(gpuCount: number, group: number | undefined): string {
  return `${countGpus(gpuCount)} on this host, but no permission to open /dev/kfd${ownedBy(group)}. ${GROUPS_HINT}`;
}

/** Warnings about GPUs of the host that this process cannot use; empty when it can use all. */
export function explainAccess(summary: AccessSummary): readonly string[] {
  const { total, usable, denied, deniedGroups } = summary;
  const warnings: string[] = [];
  if (denied.length > 0) {
    const group = deniedGroups.length === 1 ? deniedGroups[0] : undefined;
    warnings.push(`No permission to open ${renderList(denied)}${ownedBy(group)}. ${GROUPS_HINT}`);
  }
  const missing = total - usable - denied.length;
  if (missing > 0) {
    warnings.push(
      `${usable} of ${total} GPUs of this host are usable here: the device files of ${missing} are not passed in. ` +
        'To use more: docker run --device=/dev/dri, or --device=/dev/dri/renderD<minor> for each; Kubernetes: request more amd.com/gpu.',
    );
  }
  return warnings;
}

/** For AMD GPUs on the PCI bus while the kernel offers no compute topology. */
export function explainMissingDriver(deviceIds: readonly string[], driverLoaded: boolean): string {
  const names = [...new Set(deviceIds.map((id) => findDevice(id)?.model ?? `device 0x${id}`))];
  const found = `${countGpus(deviceIds.length)} on the PCI bus (${names.join(', ')})`;
  return driverLoaded
    ? `${found}, and the amdgpu driver is loaded, but the kernel offers no compute interface (/sys/class/kfd). ` +
        'Use a kernel with CONFIG_HSA_AMD or install the amdgpu driver of ROCm on the host.'
    : `${found}, but the amdgpu driver is not loaded. Load it on the host: sudo modprobe amdgpu; then read dmesg if it fails.`;
}

function countGpus(count: number): string {
  return count === 1 ? 'There is 1 AMD GPU' : `There are ${count} AMD GPUs`;
}

function ownedBy(group: number | undefined): string {
  return group === undefined ? '' : ` (owned by group id ${group})`;
}

function renderList(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}
